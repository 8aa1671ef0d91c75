"""Attempts, and tokens for the API."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
    )
    op.create_index("ix_attempt_key", "attempt", ["key"])
    op.create_index("ix_attempt_at", "attempt", ["at"])
    # SQLite cannot add a constraint to a table; a batch makes the table anew there.
    with op.batch_alter_table("member") as member:
        member.add_column(sa.Column("token_digest", sa.String(64), nullable=True))
        member.create_unique_constraint("uq_member_token_digest", ["token_digest"])


def downgrade() -> None:
    with op.batch_alter_table("member") as member:
        member.drop_constraint("uq_member_token_digest", type_="unique")
        member.drop_column("token_digest")
    op.drop_index("ix_attempt_at", "attempt")
    op.drop_index("ix_attempt_key", "attempt")
    op.drop_table("attempt")
