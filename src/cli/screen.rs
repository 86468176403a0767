//! What `slo up` shows: a frame drawn in place on a terminal, a table now and then elsewhere.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use unicode_width::UnicodeWidthChar;

use super::options::style;
use super::out::{ended, print};
use slo_core::time::{Span, Timestamp};
use slo_delivery::screen::Shown;
use slo_evaluation::engine::{Snapshot, SnapshotChannel};
use slo_incidents::AlertService;
use slo_incidents::notify::ports::HeldBack;
use slo_model::status::table;
use slo_platform::fault::Fault;

/// Where commands look for an engine unasked.
const USUAL_PORT: u16 = 9099;
/// Lines of messages that are shown however low the terminal is, with the blank line and the heading above them.
const SOME_MESSAGES: usize = 5;
const HEADING: usize = 2;
/// Messages that wait for their hours, as many as fit.
const MOST_WAITING: usize = 4;
/// Without a terminal a table is printed this often.
const PRINT_EVERY: Span = Span::from_seconds(30);

/// Where everything is, for people.
pub(super) struct Places {
    pub(super) folder: PathBuf,
    pub(super) engine: SocketAddr,
    pub(super) platform: SocketAddr,
    pub(super) fault: Fault,
}

/// Draws every new snapshot in place on a terminal; elsewhere prints one now and then, and the last one. When nobody reads
/// any more, everything stops.
pub(super) async fn show(
    (channel, service): (SnapshotChannel, AlertService),
    messages: Messages,
    places: Places,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let shown = draw_all((channel, service), messages, places, stop.clone()).await;
    stop.cancel();
    ended(shown)
}

async fn draw_all(
    (channel, service): (SnapshotChannel, AlertService),
    mut messages: Messages,
    places: Places,
    stop: CancellationToken,
) -> io::Result<()> {
    let in_place = io::stdout().is_terminal();
    let mut snapshots = channel.watch();
    let mut printed = Timestamp::EPOCH;
    if in_place {
        // The cursor would jump about.
        print(format_args!("\x1b[2J\x1b[?25l"))?;
        draw(
            &places,
            &snapshots.borrow_and_update().clone(),
            &newest(&mut messages, &service, places.engine),
        )?;
    } else {
        print(format_args!("{}", header(&places)))?;
    }
    loop {
        let last = tokio::select! {
            () = stop.cancelled() => true,
            changed = snapshots.changed() => changed.is_err(),
            changed = messages.changed() => changed.is_err(),
        };
        let snapshot = snapshots.borrow_and_update().clone();
        if in_place {
            draw(&places, &snapshot, &newest(&mut messages, &service, places.engine))?;
        } else if snapshot.at > printed && (last || snapshot.at - printed >= PRINT_EVERY) {
            printed = snapshot.at;
            let sent = newest(&mut messages, &service, places.engine);
            print(format_args!(
                "\n{}\n{}{sent}\n",
                moment(&snapshot),
                table(&snapshot.rows, snapshot.at, style())
            ))?;
        }
        if last {
            break;
        }
    }
    if in_place {
        print(format_args!("\x1b[?25h\n"))?;
    }
    Ok(())
}

/// Notifications that would be sent.
type Messages = watch::Receiver<VecDeque<Shown>>;

/// The newest messages under a heading, and what waits for its hours; nothing when there is neither.
fn newest(messages: &mut Messages, service: &AlertService, engine: SocketAddr) -> String {
    let messages = messages.borrow_and_update();
    let mut text = String::new();
    if !messages.is_empty() {
        let named =
            if engine.port() == USUAL_PORT { String::new() } else { format!(", --engine http://{engine}") };
        let _ = writeln!(
            text,
            "\nNotifications that would be sent (slo alerts ack ID, slo alerts why ID{named})"
        );
    }
    for Shown { at, to, title, incident } in messages.iter() {
        let id = incident.as_deref().unwrap_or("-");
        let _ = writeln!(text, "{at}  {id:16}  {title}  ▸ {}", to.join(", "));
    }
    let held = service.routes.held_back(service.clock.now());
    if !held.is_empty() {
        text.push_str("\nWaits for the hours at which they are sent\n");
    }
    for HeldBack { priority, title, until } in held.iter().take(MOST_WAITING) {
        let _ = writeln!(text, "[{priority}] {title}, until {until}");
    }
    text
}

/// Home, then the frame, then clear what an earlier, longer frame left.
fn draw(places: &Places, snapshot: &Snapshot, sent: &str) -> io::Result<()> {
    let (width, height) = size();
    let more = format!("more lines at http://{}/api/slo/v1/status", places.engine);
    let lines = fit([&header(places), &verdicts(snapshot), sent], height, &more);
    let lines: Vec<String> = lines.iter().map(|line| cut(line, width)).collect();
    print(format_args!("\x1b[H{}\x1b[K\x1b[J", lines.join("\x1b[K\r\n")))
}

/// At most `height` lines of header, verdicts and messages. What is short stays; of the header the title is enough, of the
/// verdicts the first ones, of the messages the newest.
fn fit([header, verdicts, sent]: [&str; 3], height: usize, more: &str) -> Vec<String> {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (mut header, mut verdicts, mut sent) = (lines(header), lines(verdicts), lines(sent));
    let over = |header: &[String], verdicts: &[String], sent: &[String]| {
        (header.len() + verdicts.len() + sent.len()).saturating_sub(height)
    };
    if over(&header, &verdicts, &sent) > 0 {
        header.truncate(1);
    }
    // Below the heading the oldest come first.
    let spare = sent.len().saturating_sub(SOME_MESSAGES).min(over(&header, &verdicts, &sent));
    let oldest = HEADING.min(sent.len() - spare);
    sent.drain(oldest..oldest + spare);
    let hidden = over(&header, &verdicts, &sent);
    if hidden > 0 {
        let shown = verdicts.len().saturating_sub(hidden + 1);
        let hidden = verdicts.len() - shown;
        verdicts.truncate(shown);
        verdicts.push(format!("… {hidden} {more}"));
    }
    let mut all = header;
    all.extend(verdicts);
    all.extend(sent);
    all.truncate(height);
    all
}

/// Columns and rows of the terminal; one row is left for the cursor.
fn size() -> (usize, usize) {
    let (width, height) = terminal_size::terminal_size_of(io::stdout())
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
    if snapshot.at == Timestamp::EPOCH {
        return "the first verdicts come in a few seconds".to_owned();
    }
    let at = snapshot.at.datetime().unwrap_or_default();
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn verdicts(snapshot: &Snapshot) -> String {
    let mut frame = format!("\n{}   ctrl-c stops\n\n", moment(snapshot));
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
         \x20 console       http://{engine}/\n\
         \x20 platform API  http://{platform}/api/v1/companies\n\
         \x20 status        http://{engine}/api/slo/v1/status\n\
         \x20 metrics       http://{engine}/metrics\n\
         \x20 Grafana       Prometheus data source: http://{engine}\n\
         \x20 fault         {fault}\n\
         \x20 folder        {}\n",
        folder.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(what: &str, count: usize) -> String {
        (1..=count).fold(String::new(), |text, number| text + what + &number.to_string() + "\n")
    }

    #[test]
    fn a_low_terminal_shows_verdicts_and_messages() {
        let (header, verdicts, sent) = (lines("h", 7), lines("v", 14), lines("t", 9));
        let shown = |height| fit([&header, &verdicts, &sent], height, "more").join(" ");
        assert_eq!(shown(30), shown(99));
        assert_eq!(shown(29), "h1 v1 v2 v3 v4 v5 v6 v7 v8 v9 v10 v11 v12 v13 v14 t1 t2 t3 t4 t5 t6 t7 t8 t9");
        assert_eq!(shown(20), "h1 v1 v2 v3 v4 v5 v6 v7 v8 v9 v10 v11 v12 v13 v14 t1 t2 t7 t8 t9");
        assert_eq!(shown(10), "h1 v1 v2 v3 … 11 more t1 t2 t7 t8 t9");
        for height in 1..40 {
            assert!(fit([&header, &verdicts, &sent], height, "more").len() <= height);
        }
    }
}
