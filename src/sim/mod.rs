//! What any discrete-event simulation needs: time, queue, random streams, distributions.
