"""Models name the file of what they forecast out of sample"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("models", sa.Column("evaluation_sha256", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("models", "evaluation_sha256")
