//! The two APIs that clients reach.

use std::sync::Arc;

use chat_endpoints::Endpoints;

use super::parts::{Part, Parts};
use crate::bill::Meter;
use crate::console;
use crate::failure::Failure;
use crate::functions;
use crate::http_api::HttpApi;
use crate::iam::Iam;
use crate::lambda::Lambda;
use crate::log::Log;
use crate::onesignal::OneSignal;
use crate::ports::{self, Ports};
use crate::settings::Settings;
use crate::template::{HttpApiSpec, Template, WebSocketApiSpec};
use crate::ws_api::refusals::Refusals;
use crate::ws_api::{ConnectionLimits, WsApi};

/// What the gateways are made of.
pub(super) struct Gateways<'a> {
    pub(super) settings: &'a Settings,
    pub(super) log: &'a Log,
    pub(super) parts: &'a Parts,
    pub(super) meter: &'a Meter,
    pub(super) endpoints: &'a Endpoints,
    pub(super) pushes: &'a OneSignal,
    pub(super) lambda: Arc<Lambda>,
    pub(super) iam: Arc<Iam>,
    pub(super) refusals: Arc<Refusals>,
}

impl Gateways<'_> {
    /// Starts those that the template has.
    pub(super) fn start(self, template: &Template, ports: &mut Ports) -> Result<(), Failure> {
        if let Some(spec) = template.http_api.clone() {
            self.start_http_api(spec, ports)?;
        }
        if let Some(spec) = template.ws_api.clone() {
            self.start_ws_api(spec, ports)?;
        }
        Ok(())
    }

    fn start_http_api(&self, spec: HttpApiSpec, ports: &mut Ports) -> Result<(), Failure> {
        let jwt = functions::jwt_settings(self.settings, self.endpoints);
        let (throttle, lambda) = (self.settings.throttle, self.lambda.clone());
        let (log, meter) = (self.log.clone(), self.meter.clone());
        let api = HttpApi::new(spec, jwt, throttle, lambda, log, meter);
        let console = console::router(self.endpoints, self.pushes.watching());
        let serving = api.serve(ports.listen(ports::HTTP_API)?, console);
        self.parts.add(Part::Task(tokio::spawn(serving)));
        self.log.ready("http-api", &self.endpoints.http_api);
        self.log.ready("console", &self.endpoints.console);
        Ok(())
    }

    fn start_ws_api(self, spec: WebSocketApiSpec, ports: &mut Ports) -> Result<(), Failure> {
        let limits = ConnectionLimits {
            lifetime: self.settings.connection_lifetime,
            idle: self.settings.connection_idle,
            connects_per_second: self.settings.connects_per_second,
        };
        let (log, meter) = (self.log.clone(), self.meter.clone());
        let api = WsApi::new(spec, limits, self.lambda, self.iam, log, meter);
        let api = api.refusing(self.refusals);
        self.parts.add(Part::Task(tokio::spawn(api.serve(ports.listen(ports::WS_API)?))));
        self.log.ready("ws-api", &self.endpoints.ws_api);
        Ok(())
    }
}
