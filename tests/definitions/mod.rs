//! Definitions from files: the platform's own, the traces', broken ones beside what is told about them, and folders in
//! every bad state.

mod files;
mod golden;
mod mutated;
mod shipped;
