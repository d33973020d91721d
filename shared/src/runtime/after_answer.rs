//! The internal extension that works once an answer is out.

use crate::{app::App, delivery::Delivery, log};
use futures_util::FutureExt as _;
use lambda_extension::{Extension, LambdaEvent, NextEvent};
use lambda_runtime::service_fn;
use std::{
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

/// How long the work may take; well inside every function's timeout, which it counts towards.
const LONGEST_WORK: Duration = Duration::from_secs(5);

/// What an invocation leaves behind.
pub(super) struct Afterwards {
    /// What is owed.
    pub(super) delivery: Option<Delivery>,
    /// How long the answer took.
    pub(super) duration: Duration,
}

/// Takes work from a handler and hands it to the extension when the answer is out.
pub(super) struct AfterAnswer {
    owed: Arc<Mutex<Option<Afterwards>>>,
    answered: UnboundedSender<Option<Afterwards>>,
    work: Mutex<Option<UnboundedReceiver<Option<Afterwards>>>>,
}

impl Default for AfterAnswer {
    fn default() -> Self {
        let (answered, work) = unbounded_channel();
        Self { owed: Arc::default(), answered, work: Mutex::new(Some(work)) }
    }
}

impl AfterAnswer {
    /// Leaves work for when this invocation's answer is out.
    pub(super) fn put(&self, afterwards: Afterwards) {
        if let Ok(mut owed) = self.owed.lock() {
            *owed = Some(afterwards);
        }
    }

    /// Registers the extension, which must happen before the runtime asks for its first event.
    pub(super) async fn register(
        &self,
        function: &'static str,
        app: Arc<App>,
    ) -> Result<impl Future<Output = Result<(), lambda_extension::Error>>, lambda_extension::Error>
    {
        let work = self.work.lock().ok().and_then(|mut work| work.take());
        let work = Arc::new(tokio::sync::Mutex::new(work.ok_or("registered twice")?));
        let work_on = move |event: LambdaEvent| {
            let (app, work) = (Arc::clone(&app), Arc::clone(&work));
            async move {
                if matches!(event.next, NextEvent::Invoke(_))
                    && let Some(Some(afterwards)) = work.lock().await.recv().await
                {
                    if let Some(delivery) = afterwards.delivery {
                        carry_out(delivery, &app).await;
                    }
                    app.metrics.emit(function, afterwards.duration, (app.now)());
                }
                Ok::<(), lambda_extension::Error>(())
            }
        };
        let extension = Extension::new()
            .with_extension_name("after-answer")
            .with_events(&["INVOKE"])
            .with_events_processor(service_fn(work_on))
            .register()
            .await?;
        Ok(extension.run())
    }

    /// Tells the extension when this is dropped: once the Runtime API has accepted an answer, or when
    /// there will be none.
    pub(super) fn answering(&self) -> Answered {
        Answered { owed: Arc::clone(&self.owed), answered: self.answered.clone() }
    }
}

/// Bounded in time, and a panic in it costs this delivery alone.
async fn carry_out(delivery: Delivery, app: &App) {
    let work = AssertUnwindSafe(delivery.carry_out(app)).catch_unwind();
    match timeout(LONGEST_WORK, work).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => log::error!("work after the answer panicked"),
        Err(_) => log::warn!("work after the answer took too long"),
    }
}

/// Tells the extension exactly once per invocation, whatever becomes of it: an extension that
/// waited for an answer that never comes would hang the environment until its timeout.
pub(super) struct Answered {
    owed: Arc<Mutex<Option<Afterwards>>>,
    answered: UnboundedSender<Option<Afterwards>>,
}

impl Drop for Answered {
    fn drop(&mut self) {
        let afterwards = self.owed.lock().ok().and_then(|mut owed| owed.take());
        self.answered.send(afterwards).ok();
    }
}
