-- Prefect's own database, in the server that holds MLflow's. Run once, when the volume is new.
CREATE DATABASE prefect_db;
