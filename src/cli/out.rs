//! What commands print. A reader that has seen enough (`slo status | head -1`) ends the printing and nothing else: the
//! exit status stays the answer's. Anything else that keeps a line from being written, such as a full disk, is an error.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};

use anyhow::Context;

/// Prints to stdout what `print!` would; returns from the function with an error if that cannot be written.
macro_rules! out {
    ($($text:tt)*) => { $crate::cli::out::write(format_args!($($text)*))? };
}

/// The same with the end of the line.
macro_rules! outln {
    ($($text:tt)*) => { $crate::cli::out::write(format_args!("{}\n", format_args!($($text)*)))? };
}

/// Prints a line to stderr. Where nobody hears, nothing more can be said.
macro_rules! errln {
    ($($text:tt)*) => { $crate::cli::out::complain(format_args!("{}\n", format_args!($($text)*))) };
}

pub(super) use {errln, out, outln};

/// See [`out!`].
pub(super) fn write(text: Arguments<'_>) -> anyhow::Result<()> {
    ended(print(text))
}

/// Writes to stdout at once, for whoever wants to know that nobody reads it any more; see [`ended`].
pub(super) fn print(text: Arguments<'_>) -> io::Result<()> {
    put(io::stdout().lock(), text)
}

/// What came of writing: a reader that left is no error.
pub(super) fn ended(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("stdout cannot be written to"),
    }
}

/// See [`errln!`].
pub(super) fn complain(text: Arguments<'_>) {
    drop(io::stderr().lock().write_fmt(text));
}

fn put(mut to: impl Write, text: Arguments<'_>) -> io::Result<()> {
    to.write_fmt(text)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_left_is_no_error_and_a_full_disk_is() {
        assert!(ended(put(Fails(ErrorKind::BrokenPipe), format_args!("x"))).is_ok());
        assert!(ended(put(Fails(ErrorKind::StorageFull), format_args!("x"))).is_err());
    }
}
