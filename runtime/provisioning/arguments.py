"""Orders that have not gone out yet in, their arguments in the store out: what `ArgumentsExpression` makes of each."""

from compiler.plan.steps import Evaluate
from compiler.plan.tables import ORDERED, ORDERED_LINE, text
from runtime.engine.engine import Engine
from runtime.provisioning.states import UNSENT, names


def argue(step: Evaluate, engine: Engine) -> None:
    """Compute the arguments of the waiting and pending orders of a resource type anew."""
    if not step.arguments and not engine.rows("SELECT 1 FROM provisioning.arguments LIMIT 1"):
        return
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {ORDERED} AS SELECT id AS order_id, owner_id, change FROM provisioning.orders
        WHERE resource_type = {text(step.resource_type)} AND state IN {names(UNSENT)}""")
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {ORDERED_LINE} AS SELECT order_id, property, value,
            CASE WHEN action IN ('add', 'set') THEN resource_id END AS added_id,
            CASE action WHEN 'remove' THEN resource_id WHEN 'set' THEN TRY_CAST(old AS BIGINT) END AS removed_id
        FROM provisioning.lines WHERE property <> '' AND order_id IN (SELECT order_id FROM {ORDERED})""")
    engine.execute(f"DELETE FROM provisioning.arguments WHERE order_id IN (SELECT order_id FROM {ORDERED})")
    if step.arguments:
        engine.execute(f"INSERT INTO provisioning.arguments {step.arguments}")
