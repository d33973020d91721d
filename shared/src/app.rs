//! Everything a function works with, made once per environment.

use crate::{
    bucket::Bucket, config::Config, directory::Directory, gateway::Gateway, http::Http,
    metrics::Metrics, redeliver::Redeliver, store::Database, vault::Vault,
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
    pub bucket: Bucket,
    /// S3, as those see it who keep records.
    pub vault: Vault,
    /// The WebSockets' other end.
    pub gateway: Gateway,
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
        http: Http,
        metrics: Arc<Metrics>,
        now: fn() -> SystemTime,
    ) -> Self {
        Self {
            db,
            directory,
            bucket: Bucket::new(config.image_bucket.clone(), http.clone(), now),
            vault: Vault::new(&config, http.clone(), now),
            gateway: Gateway::new(&config, http.clone(), Arc::clone(&metrics)),
            redeliver: Redeliver::new(config.redeliver_function.clone(), http.clone()),
            http,
            metrics,
            now,
            config,
        }
    }
}
