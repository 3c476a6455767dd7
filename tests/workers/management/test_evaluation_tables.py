import pytest

from workers.management.evaluation_tables import WIDTH, ValueTables, rendered

COLUMNS = ("recall@20", "recall@50", "ndcg@10", "ndcg@100", "novelty@20", "coverage@20")
ROWS = [
    {"model": model, **dict.fromkeys(COLUMNS, 0.25), **{f"{name}_se": 0.01 for name in COLUMNS}}
    for model in ("popularity", "popularity_by_genre")
]


@pytest.mark.parametrize(("width", "tables"), [(60, 3), (80, 2), (WIDTH, 2), (140, 1)])
def test_as_many_columns_stand_beside_each_other_as_there_is_room_for(
    width: int, tables: int
) -> None:
    lines = rendered([ValueTables("Some models", ROWS, COLUMNS)], width=width).splitlines()

    assert max(map(len, lines)) <= width
    assert sum(line.startswith(" model") for line in lines) == tables
    assert sum(line.count(".2500 ±.0100") for line in lines) == 2 * len(COLUMNS)
