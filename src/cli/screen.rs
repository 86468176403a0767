//! What `slo up` shows: a frame drawn in place on a terminal, a table now and then elsewhere.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use unicode_width::UnicodeWidthChar;

use super::options::style;
use crate::deliver::screen::Shown;
use crate::engine::{Board, Snapshot};
use crate::platform::fault::Fault;
use crate::status::table;

/// Without a terminal a table is printed this often, in seconds.
const PRINT_EVERY: i64 = 30;

/// Where everything is, for people.
pub(super) struct Places {
    pub(super) folder: PathBuf,
    pub(super) engine: SocketAddr,
    pub(super) platform: SocketAddr,
    pub(super) fault: Fault,
}

/// Draws every new snapshot in place on a terminal; elsewhere prints one now and then, and the last one.
pub(super) async fn show(
    board: Board,
    mut messages: Messages,
    places: Places,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let in_place = std::io::stdout().is_terminal();
    let mut snapshots = board.watch();
    let mut printed = 0;
    if in_place {
        // The cursor would jump about.
        print!("\x1b[2J\x1b[?25l");
        draw(&places, &snapshots.borrow_and_update().clone(), &newest(&mut messages))?;
    } else {
        print!("{}", header(&places));
        std::io::stdout().flush()?;
    }
    loop {
        let last = tokio::select! {
            () = stop.cancelled() => true,
            changed = snapshots.changed() => changed.is_err(),
            changed = messages.changed() => changed.is_err(),
        };
        let snapshot = snapshots.borrow_and_update().clone();
        if in_place {
            draw(&places, &snapshot, &newest(&mut messages))?;
        } else if snapshot.at > printed && (last || snapshot.at - printed >= PRINT_EVERY) {
            printed = snapshot.at;
            let told = newest(&mut messages);
            println!("\n{}\n{}{told}", moment(&snapshot), table(&snapshot.rows, snapshot.at, style()));
            std::io::stdout().flush()?;
        }
        if last {
            break;
        }
    }
    if in_place {
        println!("\x1b[?25h");
    }
    Ok(())
}

/// What people would be told.
type Messages = watch::Receiver<VecDeque<Shown>>;

/// The newest messages under a heading; nothing when nobody was told anything.
fn newest(messages: &mut Messages) -> String {
    let messages = messages.borrow_and_update();
    let mut text = String::new();
    if !messages.is_empty() {
        text.push_str(
            "\nWhat people would be told (`slo alerts ack ID` acknowledges, `slo alerts why` explains)\n",
        );
    }
    for Shown { at, to, title, incident } in messages.iter() {
        let id = incident.as_deref().unwrap_or("-");
        let _ = writeln!(text, "{at}  {id:16}  {title}  ▸ {}", to.join(", "));
    }
    text
}

/// Home, then the frame, then clear what an earlier, longer frame left.
fn draw(places: &Places, snapshot: &Snapshot, told: &str) -> anyhow::Result<()> {
    let (width, height) = size();
    let text = frame(places, snapshot) + told;
    let mut lines: Vec<String> = text.lines().map(|line| cut(line, width)).collect();
    if lines.len() > height {
        let hidden = lines.len() - height + 1;
        lines.truncate(height - 1);
        lines.push(format!("… {hidden} more lines at http://{}/api/slo/v1/status", places.engine));
    }
    print!("\x1b[H{}\x1b[K\x1b[J", lines.join("\x1b[K\r\n"));
    std::io::stdout().flush()?;
    Ok(())
}

/// Columns and rows of the terminal; one row is left for the cursor.
fn size() -> (usize, usize) {
    let (width, height) = terminal_size::terminal_size_of(std::io::stdout())
        .map_or((80, 24), |(width, height)| (usize::from(width.0), usize::from(height.0)));
    (width.max(20), height.max(5) - 1)
}

/// At most `width` columns of a line without colours. The table fits by itself.
fn cut(line: &str, width: usize) -> String {
    let mut used = 0;
    if line.contains('\x1b') {
        return line.to_owned();
    }
    line.chars()
        .take_while(|character| {
            used += character.width().unwrap_or(0);
            used <= width
        })
        .collect()
}

fn moment(snapshot: &Snapshot) -> String {
    if snapshot.at == 0 {
        return "the first verdicts come in a few seconds".to_owned();
    }
    let at = chrono::DateTime::from_timestamp(snapshot.at, 0).unwrap_or_default();
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn frame(places: &Places, snapshot: &Snapshot) -> String {
    let mut frame = format!("{}\n{}   ctrl-c stops\n\n", header(places), moment(snapshot));
    if !snapshot.rows.is_empty() {
        frame.push_str(&table(&snapshot.rows, snapshot.at, style()));
    }
    for (slo, error) in &snapshot.errors {
        let _ = writeln!(frame, "{slo}: {error}");
    }
    frame
}

fn header(places: &Places) -> String {
    let Places { folder, engine, platform, fault } = places;
    let fault = match fault {
        Fault::None => "none (try --fault errors, latency or stale)".to_owned(),
        fault => fault.to_string(),
    };
    format!(
        "slo up: a platform API with sample traffic, watched live\n\
         \x20 platform API  http://{platform}/api/v1/companies\n\
         \x20 status        http://{engine}/api/slo/v1/status\n\
         \x20 metrics       http://{engine}/metrics\n\
         \x20 Grafana       Prometheus data source: http://{engine}\n\
         \x20 fault         {fault}\n\
         \x20 folder        {}\n",
        folder.display()
    )
}
