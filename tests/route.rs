//! Routing as timelines: alerts come, times pass, and what is told is read off.

mod amtool;
mod damping;
mod escalation;
mod file;
mod hours;
mod oncall;
mod restarts;
mod timeline;
mod timelines;
