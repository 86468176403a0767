//! The texts that were read, and where in them something stands.

/// A stretch of one file's text, in bytes. Copied freely; the text itself stays in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// Index of the file in [`Sources`].
    pub(super) file: usize,
    /// First byte.
    pub(super) start: usize,
    /// The byte after the last.
    pub(super) end: usize,
}

impl Span {
    /// A stretch of `length` bytes.
    pub(super) fn new(file: usize, start: usize, end: usize) -> Self {
        Self { file, start, end: end.max(start) }
    }
}

/// One file: its name, as the user gave it, and its text.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    pub(super) name: String,
    pub(super) text: String,
    /// The byte each line starts at.
    lines: Vec<usize>,
    /// The file could not be read, so that findings in it have no line.
    pub(super) unread: bool,
}

/// Every file that was read, or that could not be.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a file and tells its index. A byte-order mark is no text, and would count as a column.
    pub(super) fn add(&mut self, name: String, mut text: String) -> usize {
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let breaks = text.match_indices('\n').map(|(position, _)| position + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        self.files.push(SourceFile { name, text, lines, unread: false });
        self.files.len() - 1
    }

    /// Adds a file that has no text.
    pub(super) fn add_unread(&mut self, name: String) -> usize {
        let index = self.add(name, String::new());
        if let Some(file) = self.files.get_mut(index) {
            file.unread = true;
        }
        index
    }

    /// The file of an index that [`Sources::add`] gave.
    pub(super) fn get(&self, file: usize) -> Option<&SourceFile> {
        self.files.get(file)
    }
}

impl SourceFile {
    /// Line and column of a byte, both from 1; columns count characters.
    pub(super) fn position(&self, byte: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= byte).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..byte).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The text of a line, counted from 1, without its end.
    pub(super) fn line(&self, line: usize) -> &str {
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let end = self.lines.get(line).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let mut sources = Sources::default();
        let index = sources.add("x".to_owned(), "aü\r\nbc\n".to_owned());
        let file = sources.get(index).unwrap();
        assert_eq!(file.position(0), (1, 1));
        assert_eq!(file.position(3), (1, 3));
        assert_eq!(file.position(5), (2, 1));
        assert_eq!(file.position(8), (3, 1));
        assert_eq!(file.line(1), "aü");
        assert_eq!(file.line(2), "bc");
        assert_eq!(file.line(3), "");
        assert_eq!(file.line(9), "");
    }
}
