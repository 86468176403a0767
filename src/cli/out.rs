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
    ended(put(io::stdout().lock(), text)).context("stdout cannot be written to")
}

/// See [`errln!`].
pub(super) fn complain(text: Arguments<'_>) {
    drop(io::stderr().lock().write_fmt(text));
}

/// Whether whoever reads stdout is still there, after `written`.
pub(super) fn is_read(written: &io::Result<()>) -> bool {
    !matches!(written, Err(error) if error.kind() == ErrorKind::BrokenPipe)
}

fn put(mut to: impl Write, text: Arguments<'_>) -> io::Result<()> {
    to.write_fmt(text)?;
    to.flush()
}

fn ended(written: io::Result<()>) -> io::Result<()> {
    if is_read(&written) { written } else { Ok(()) }
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
