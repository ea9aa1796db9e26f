import numpy as np
import pytest

from remit.enforce.guardrail.trees import trees


@pytest.mark.parametrize(
    ("row", "odds"), [((0.0, 0.0), 1.5), ((0.0, 9.0), 2.5), ((9.0, 0.0), 10.5), ((9.0, 9.0), 20.5)]
)
def test_a_row_is_led_to_one_leaf_of_each_tree(row: tuple[float, float], odds: float) -> None:
    made = trees(
        {
            "feature": np.array([[0, 1, 1]], dtype=np.uint8),
            "threshold": np.array([[5.0, 5.0, 5.0]]),
            "leaf": np.array([[1.0, 2.0, 10.0, 20.0]]),
            "trees_bias": np.array([0.5]),
        }
    )
    assert made.odds(np.array(row, dtype=np.float32)) == odds
