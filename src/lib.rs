//! The observability and SLO engine: error budgets counted from events.
//!
//! # The way data flows
//!
//! ```text
//! rules/*.yaml ── spec ──▶ Slo ── promql ──▶ SliQuery
//!                                   │
//! Prometheus, or embedded store ── source ──▶ samples ── evaluate, counting ──▶ buckets (good, total, coverage)
//!                                                                                  │
//!                                                                               ledger (SQLite | PostgreSQL)
//!                                                                                  │
//!                       status, metrics ◀── engine (the tick) ◀── budget (windows, burn rates, verdict)
//!                                                │
//!   Prometheus' alerts ── api v2 ──▶ incident (the desk) ◀── alert (burn rates, rules)
//!                                                │
//!                                  route (planner) ──▶ deliver (outbox, workers) ──▶ mail, Slack, PagerDuty, webhooks
//! ```
//!
//! It runs one way; nothing below asks anything above. `tests/house.rs` reads the `use crate::` edges and fails on one
//! that points up. The order of rooms stands there.
//!
//! # Rooms
//!
//! | room | what it is for |
//! |---|---|
//! | [`sorted`], [`labels`], [`samples`], [`buckets`] | plain data that several rooms share: small maps, label sets, samples, counts per bucket of time |
//! | [`conventions`], [`clock`], [`config`], [`suggest`] | names, time, settings (the only reader of the environment), "did you mean" |
//! | [`promql`] | parse, tell a counter selector from a free expression, render a query for a window (pure) |
//! | [`slo`] | objectives that are valid by construction: target, window, calendar, budgeting, indicator (pure) |
//! | [`spec`] | `OpenSLO` files into objectives; findings with file, line, column and caret |
//! | [`counting`] | raw samples into increments: restarts, births, replicas, gaps, coverage (pure) |
//! | [`budget`] | sums into verdicts: SLI, budget, burn rates, slices, state, forecast; rolling windows (pure) |
//! | [`source`] | where metrics come from: Prometheus' HTTP API, or the embedded scraper and store |
//! | [`evaluate`] | asks a source about an indicator: what to read, bucket by bucket, or a whole verdict at once |
//! | [`store`], [`ledger`] | databases, migrations, the lease of engines that share one; the history of what happened, on SQLite and PostgreSQL |
//! | [`status`] | the answer people and programs see: table and JSON (pure) |
//! | [`alert`] | what fires: burn-rate policy, rule files, templates, the state machine (pure) |
//! | [`route`], [`generate`] | who hears of it, when and how: planner, schedules, silences; the same for Alertmanager (pure) |
//! | [`deliver`] | notifications out: the outbox, workers, one folder per channel |
//! | [`incident`] | the desk: alerts, silences, incidents, tokens, audit; the loop that asks the planner |
//! | [`engine`] | fills, ticks, judges, publishes |
//! | [`api`], [`telemetry`] | HTTP: health, reload, status, metrics, Prometheus' query API, the console ([`api::console`]); logs and exposition |
//! | [`platform`] | the bundled platform API, which the engine watches; knows nothing of the engine |
//! | [`app`], [`cli`] | wiring of a running engine; the command line, one file a subcommand |
//!
//! # Invariants
//!
//! 1. A number that a person sees is never NaN or infinite: no value is `None`, with a state that says why.
//! 2. Every SLI carries its coverage: the share of the window for which the source had data.
//! 3. `good ≤ total`, neither negative, per bucket and per window; groups add up to the whole.
//! 4. A tick is one transaction, keyed by SLO, group and bucket; repeated, it changes nothing.
//! 5. What a sample counts depends only on earlier samples, so any split of time into ticks gives the same sums.
//! 6. States are enums matched without `_`.
//! 7. Everything is bounded: bodies, series, groups, queues, retries, chunks.
//! 8. What evaluation and planning decide is written by the engine whose turn it is ([`store::lease`]), a plan in one
//!    transaction.
//! 9. Secrets come from files or the environment, live in `secrecy` types and are never printed.
//!
//! # Where this departs from the design page, and why
//!
//! - `labels`, `samples` and `buckets` are rooms of their own, so that pure rooms can name the data without naming the
//!   sources and stores that carry it.
//! - `evaluate` stands between `source` and `engine`: `slo status` without a ledger and the engine's tick ask the same way.
//! - PromQL over the embedded store is our own evaluator on promql-parser's tree; `source/embedded/eval` says what was
//!   wrong with tsink's.
//! - YAML is read from the parser's events rather than through serde, because a finding needs its exact place.

pub mod alert;
pub mod api;
pub mod app;
pub mod buckets;
pub mod budget;
pub mod cli;
pub mod clock;
pub mod config;
pub mod conventions;
pub mod counting;
pub mod deliver;
pub mod engine;
pub mod evaluate;
pub mod generate;
pub mod incident;
pub mod labels;
pub mod ledger;
pub mod platform;
pub mod promql;
pub mod route;
pub mod samples;
pub mod slo;
pub mod sorted;
pub mod source;
pub mod spec;
pub mod status;
pub mod store;
pub mod suggest;
pub mod telemetry;
