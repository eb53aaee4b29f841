//! What the objects promise.
