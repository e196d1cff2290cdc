"""Files spoiled at random: some here, a thousand in `make torture` (docs/spoiled.md)."""

from __future__ import annotations

import pytest

from tools.spoiled import counted, tried


@pytest.mark.parametrize("seed", [166, *range(5000, 5020)])
def test_d32_every_line_of_a_spoiled_file_is_accounted_for_or_the_file_is_refused(tmp_path, seed):
    kinds, end, said, _ = tried(seed, tmp_path)
    assert end in ("kept", "refused"), (kinds, said)


def test_the_count_is_by_lines_with_and_without_those_in_cells_and_by_records():
    assert counted(b'a,b\n1,"x\ny"\n\n2,z\n', delimiter=",", titles=0, inner=1) == {2, 3}
    assert counted(b'a,b\n1,x"\n', delimiter=",", titles=0, inner=0) == {1}
