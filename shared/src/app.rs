//! Everything a function works with, made once per environment.

use crate::{
    config::Config,
    delivery::frames::Frames,
    directory::Directory,
    error::Cause,
    images::Images,
    metrics::Metrics,
    store::{Database, Statement},
    wake::Redeliver,
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
    /// What this invocation has counted.
    pub metrics: Arc<Metrics>,
    /// Tells the time.
    pub now: fn() -> SystemTime,
}

impl App {
    /// The parts as configured; `statements` are prepared whenever the database is connected.
    ///
    /// # Errors
    /// A malformed URL, by its variable's name.
    pub fn new(
        config: Config,
        statements: Vec<&'static Statement>,
        directory: Directory,
        now: fn() -> SystemTime,
    ) -> Result<Self, Cause> {
        let metrics = Arc::new(Metrics::default());
        Ok(Self {
            db: Database::new(&config, statements, Arc::clone(&metrics))?,
            directory,
            images: Images::new(config.image_bucket.clone(), now),
            frames: Frames::new(&config),
            redeliver: Redeliver::new(config.redeliver_function.clone()),
            metrics,
            now,
            config,
        })
    }
}
