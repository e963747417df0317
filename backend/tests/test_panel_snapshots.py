"""Which series a panel is made of, in the stack's own stores."""

from collections.abc import Iterator

import pytest

from backend.settings import Settings
from backend.src.runtime import Runtime
from backend.tests.ml_seed import SOURCE, Market, market
from backend.tests.sample_bars import sample_bars

pytestmark = pytest.mark.stack


@pytest.fixture
def stack(settings: Settings) -> Iterator[Market]:
    runtime = Runtime(settings)
    yield from market(runtime)
    runtime.close()


def test_a_panel_holds_the_newest_series_of_others_from_the_same_source_longest_first(stack: Market) -> None:
    own, long, short, elsewhere = (stack.ticker() for _ in range(4))
    bars = sample_bars("IBM")
    snapshots = stack.runtime.snapshots
    mine = snapshots.put(bars, own, "XNAS", SOURCE)
    snapshots.put(bars, short, "XNAS", SOURCE)
    newest = snapshots.put(bars.iloc[:500], short, "XNAS", SOURCE)
    longest = snapshots.put(bars.iloc[:900], long, "XNAS", SOURCE)
    snapshots.put(bars, elsewhere, "XNAS", "files")
    made_here = {own, long, short, elsewhere}
    found = [peer for peer in snapshots.peers(mine, 10_000) if peer.ticker in made_here]
    assert [(peer.ticker, peer.sha256) for peer in found] == [(long, longest.sha256), (short, newest.sha256)]
    assert len(snapshots.peers(mine, 1)) == 1
    assert snapshots.peers(mine, 0) == []
