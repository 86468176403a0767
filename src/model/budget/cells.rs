//! A row of bucket counts, one a step, in half the memory where nothing is lost by it.
//!
//! Counts are nearly always whole numbers below 16 million and coverage whole seconds, which 32 bits hold exactly. A row
//! of which any number needs 64 bits has 64 bits for all of them, so that what comes out is what went in, to the bit.

use std::collections::VecDeque;

/// Good, total and covered of one bucket; its end follows from its place.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Cell {
    pub(super) good: f64,
    pub(super) total: f64,
    pub(super) covered: f64,
}

type Narrow = [f32; 3];

impl Cell {
    /// The same in half the room, if that is exact.
    fn narrow(self) -> Option<Narrow> {
        let narrow = [self.good as f32, self.total as f32, self.covered as f32];
        (Self::of(narrow) == self).then_some(narrow)
    }

    fn of([good, total, covered]: Narrow) -> Self {
        Self { good: good.into(), total: total.into(), covered: covered.into() }
    }
}

/// Cells in a row: the oldest leave at the front, new ones come at the back.
#[derive(Debug, Clone)]
pub(super) enum Cells {
    Narrow(VecDeque<Narrow>),
    Wide {
        cells: VecDeque<Cell>,
        /// How many have left since the last one came that needs the room.
        left: usize,
    },
}

impl Cells {
    /// So many empty cells.
    pub(super) fn blank(len: usize) -> Self {
        Self::Narrow(VecDeque::from(vec![Narrow::default(); len]))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Narrow(cells) => cells.len(),
            Self::Wide { cells, .. } => cells.len(),
        }
    }

    /// The cell at `place`, counted from the front.
    pub(super) fn get(&self, place: usize) -> Option<Cell> {
        match self {
            Self::Narrow(cells) => cells.get(place).copied().map(Cell::of),
            Self::Wide { cells, .. } => cells.get(place).copied(),
        }
    }

    /// All of them, from the front.
    pub(super) fn iter(&self) -> impl Iterator<Item = Cell> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// Replaces the cell at `place`, if there is one.
    pub(super) fn set(&mut self, place: usize, cell: Cell) {
        let narrow = cell.narrow();
        if let (Self::Narrow(cells), None) = (&*self, narrow) {
            *self = Self::Wide { cells: cells.iter().copied().map(Cell::of).collect(), left: 0 };
        }
        match self {
            Self::Narrow(cells) => {
                if let (Some(slot), Some(narrow)) = (cells.get_mut(place), narrow) {
                    *slot = narrow;
                }
            }
            Self::Wide { cells, left } => {
                if narrow.is_none() {
                    *left = 0;
                }
                if let Some(slot) = cells.get_mut(place) {
                    *slot = cell;
                }
            }
        }
    }

    /// Adds `count` empty cells at the back.
    pub(super) fn extend_blank(&mut self, count: usize) {
        match self {
            // Nothing is left of what needed the room.
            Self::Wide { cells, .. } if cells.is_empty() => *self = Self::blank(count),
            Self::Narrow(cells) => cells.extend(std::iter::repeat_n(Narrow::default(), count)),
            Self::Wide { cells, .. } => cells.extend(std::iter::repeat_n(Cell::default(), count)),
        }
    }

    /// Takes the oldest.
    pub(super) fn pop_front(&mut self) -> Option<Cell> {
        match self {
            Self::Narrow(cells) => cells.pop_front().map(Cell::of),
            Self::Wide { cells, left } => {
                *left += 1;
                cells.pop_front()
            }
        }
    }

    /// Lets the oldest go for an empty one at the back.
    pub(super) fn turn(&mut self) {
        self.pop_front();
        self.extend_blank(1);
        // Those that needed the room have all left, so that one gap does not cost it for ever.
        if let Self::Wide { cells, left } = self
            && *left >= cells.len()
            && let Some(mut narrow) = cells.iter().map(|cell| cell.narrow()).collect::<Option<Vec<_>>>()
        {
            narrow.shrink_to_fit();
            *self = Self::Narrow(narrow.into());
        }
    }

    /// Bytes beyond its own.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Narrow(cells) => cells.capacity() * size_of::<Narrow>(),
            Self::Wide { cells, .. } => cells.capacity() * size_of::<Cell>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell(good: f64, total: f64, covered: f64) -> Cell {
        Cell { good, total, covered }
    }

    #[test]
    fn whole_numbers_take_half_the_room() {
        let mut cells = Cells::blank(100);
        cells.set(7, cell(16_000_000.0, 16_000_001.0, 30.0));
        assert_eq!((cells.get(7), cells.size()), (Some(cell(16_000_000.0, 16_000_001.0, 30.0)), 1200));
        cells.set(8, cell(1.0, 2.0, 29.985));
        assert_eq!(cells.get(7), Some(cell(16_000_000.0, 16_000_001.0, 30.0)));
        assert_eq!((cells.get(8), cells.size()), (Some(cell(1.0, 2.0, 29.985)), 2400));
    }

    #[test]
    fn an_emptied_row_begins_anew() {
        let mut cells = Cells::blank(1);
        cells.set(0, cell(0.1, 0.3, 1.0));
        assert_eq!(cells.pop_front(), Some(cell(0.1, 0.3, 1.0)));
        cells.extend_blank(2);
        assert_eq!((cells.len(), cells.size()), (2, 24));
    }

    #[test]
    fn one_gap_does_not_cost_the_room_for_ever() {
        let mut cells = Cells::blank(10);
        for turn in 0..10 {
            assert_eq!(cells.size(), if turn == 0 { 120 } else { 240 });
            if turn == 0 {
                cells.set(9, cell(1.0, 2.0, 0.3));
            }
            cells.turn();
            cells.set(9, cell(1.0, 3.0, 30.0));
        }
        assert_eq!((cells.len(), cells.size()), (10, 120));
        assert_eq!(cells.get(8), Some(cell(1.0, 3.0, 30.0)));
    }

    proptest! {
        #[test]
        fn what_comes_out_is_what_went_in(values in prop::collection::vec((0.0..1e18, 0_u32..u32::MAX, any::<bool>()), 1..50)) {
            let mut cells = Cells::blank(0);
            let mut want = Vec::new();
            for (fraction, whole, is_whole) in values {
                let value = if is_whole { f64::from(whole) } else { fraction };
                let one = cell(value / 2.0, value, value / 3.0);
                cells.extend_blank(1);
                cells.set(cells.len() - 1, one);
                want.push(one);
            }
            prop_assert_eq!(cells.iter().collect::<Vec<_>>(), want);
        }
    }
}
