//! Several futures at a time, each made only when its turn has come: ten thousand that wait for theirs would be kilobytes
//! each.

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};

/// Runs futures side by side, a limited number of them at once.
pub(super) struct Abreast<'a, T> {
    running: FuturesUnordered<BoxFuture<'a, T>>,
    most: usize,
    done: Vec<T>,
}

impl<'a, T> Abreast<'a, T> {
    /// At most `most` at once, at least one.
    pub(super) fn new(most: usize) -> Self {
        Self { running: FuturesUnordered::new(), most: most.max(1), done: Vec::new() }
    }

    /// Takes one in, when there is room for it.
    pub(super) async fn start(&mut self, future: BoxFuture<'a, T>) {
        while self.running.len() >= self.most {
            self.done.extend(self.running.next().await);
        }
        self.running.push(future);
    }

    /// What all of them gave, in the order in which they ended.
    pub(super) async fn finish(mut self) -> Vec<T> {
        while let Some(one) = self.running.next().await {
            self.done.push(one);
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn never_more_at_once_than_allowed_and_nothing_is_lost() {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (now, most) = (&now, &most);
        let mut abreast = Abreast::new(3);
        for number in 0..20 {
            let one = async move {
                most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                now.fetch_sub(1, Ordering::Relaxed);
                number
            };
            abreast.start(one.boxed()).await;
        }
        let mut done = abreast.finish().await;
        done.sort_unstable();
        assert_eq!((done, most.load(Ordering::Relaxed)), ((0..20).collect::<Vec<_>>(), 3));
    }
}
