/** The API's types by their own names. */
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type Alert = Schemas["Alert"];
export type AlertPage = Schemas["AlertPage"];
export type AlertSeverity = Alert["severity"];
export type AlertState = Alert["state"];
export type Band = Schemas["Band"];
export type Bar = Schemas["Bar"];
export type Dataset = Schemas["Dataset"];
export type DriftCheck = Schemas["DriftCheckInfo"];
export type FutureStatus = Schemas["FutureStatus"];
export type Job = Schemas["Job"];
export type JobDetail = Schemas["JobDetail"];
export type JobKind = Job["kind"];
export type JobState = Job["state"];
export type LedgerEntry = Schemas["LedgerEntry"];
export type LogLine = Schemas["LogLine"];
export type Market = Schemas["Market"];
export type ModelDetail = Schemas["ModelDetail"];
export type ModelSummary = Schemas["ModelSummary"];
export type ModelTypeInfo = Schemas["ModelTypeInfo"];
export type Policy = Schemas["PolicyInfo"]["policy"];
export type Prediction = Schemas["Prediction"];
export type PredictionRecord = Schemas["PredictionRecord"];
export type PriceSeries = Schemas["PriceSeries"];
export type QuarantinedBar = Schemas["QuarantinedBar"];
export type ResidualMonth = Schemas["ResidualMonth"];
export type RetrainDecision = Schemas["RetrainDecisionInfo"];
export type Score = Schemas["Score"];
export type ScorePoint = Schemas["ScorePoint"];
export type SimulationBody = Schemas["SimulationBody"];
export type TrainBody = Schemas["TrainBody"];
export type BackfillBody = Schemas["BackfillBody"];
export type EtlBody = Schemas["EtlBody"];
