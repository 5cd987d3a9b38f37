//! Images of a node, and the queue in which they are pulled (KUB-20 to KUB-22).

use crate::model::{KubeletFlags, Name};
use crate::sim::{Span, Time};
use std::collections::BTreeSet;

/// What a node has and is fetching.
#[derive(Debug, Default)]
pub(super) struct Images {
    /// Images that are there, or on their way.
    known: BTreeSet<Name>,
    /// When each place of the pull queue is free.
    places: Vec<Time>,
}

impl Images {
    /// Whether the image is there or on its way.
    pub(super) fn has(&self, image: &Name) -> bool {
        self.known.contains(image)
    }

    /// Queues a pull that takes `time`: the moment at which it is done.
    pub(super) fn pull(
        &mut self,
        image: &Name,
        time: Span,
        now: Time,
        flags: &KubeletFlags,
    ) -> Time {
        let places = if flags.serialize_image_pulls {
            Some(1)
        } else {
            flags.max_parallel_image_pulls
        };
        self.known.insert(image.clone());
        let Some(places) = places else {
            return now + time;
        };
        self.places.resize(places.max(1) as usize, Time::ZERO);
        let place = self
            .places
            .iter_mut()
            .min()
            .expect("there is at least one place");
        *place = now.max(*place) + time;
        *place
    }
}
