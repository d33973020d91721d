//! Everything a function works with, made once per environment.

use crate::{
    config::Config, delivery::frames::Frames, directory::Directory, http::Http, images::Images,
    metrics::Metrics, store::Database, wake::Redeliver,
};
use std::{sync::Arc, time::SystemTime};

/// The parts that operations are handed. None of them connects before it is needed or warmed.
pub struct App {
    /// The settings.
    pub config: Config,
    /// PostgreSQL.
    pub db: Database,
    /// Jarvis.
    pub directory: Directory,
    /// S3.
    pub images: Images,
    /// The WebSockets.
    pub frames: Frames,
    /// The function that delivers what is owed.
    pub redeliver: Redeliver,
    /// What they speak HTTP with.
    pub http: Http,
    /// What this invocation has counted.
    pub metrics: Arc<Metrics>,
    /// Tells the time.
    pub now: fn() -> SystemTime,
}

impl App {
    /// The parts as configured.
    #[must_use]
    pub fn new(
        config: Config,
        db: Database,
        directory: Directory,
        metrics: Arc<Metrics>,
        now: fn() -> SystemTime,
    ) -> Self {
        let http = Http::default();
        Self {
            db,
            directory,
            images: Images::new(config.image_bucket.clone(), http.clone(), now),
            frames: Frames::new(&config, http.clone()),
            redeliver: Redeliver::new(config.redeliver_function.clone(), http.clone()),
            http,
            metrics,
            now,
            config,
        }
    }
}
