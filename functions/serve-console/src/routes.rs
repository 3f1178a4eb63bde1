//! All routes, each with who may use it.

use crate::{
    console::Console,
    guard::{Access, Guard, finish, guard},
    limits,
    pages::{
        account, assets, callback, connect, connection, exceptions, list, order, orders, overview, preferences,
        settings, sign_in,
    },
    problem::Problem,
    session::Role,
};
use Access::{Anybody, SignedIn};
use Role::{Operator, Viewer};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{MethodRouter, any, get, post},
};
use http::Method;
use std::sync::Arc;

type Handler = fn() -> MethodRouter<Arc<Console>>;

/// A way in.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    handler: Handler,
}

const fn on(method: Method, path: &'static str, access: Access, handler: Handler) -> Route {
    Route { method, path, access, handler }
}

/// Every way in. There is no other place that adds one.
pub(crate) static ROUTES: &[Route] = &[
    on(Method::GET, "/static/{file}", Anybody, || get(assets::file)),
    on(Method::GET, "/sign-in", Anybody, || get(sign_in::page)),
    on(Method::GET, "/sign-in/start", Anybody, || get(sign_in::start)),
    on(Method::GET, "/sign-in/callback", Anybody, || get(sign_in::callback)),
    on(Method::GET, "/signed-out", Anybody, || get(sign_in::signed_out)),
    on(Method::POST, "/sign-out", SignedIn(Viewer), || post(sign_in::sign_out)),
    on(Method::GET, "/preferences", SignedIn(Viewer), || get(preferences::page)),
    on(Method::POST, "/preferences", SignedIn(Viewer), || post(preferences::save)),
    on(Method::GET, "/", SignedIn(Viewer), || get(overview::page)),
    on(Method::GET, "/healed", SignedIn(Viewer), || get(overview::healed::page)),
    on(Method::GET, "/lags/in", SignedIn(Viewer), || get(overview::lags::to_warehouse)),
    on(Method::GET, "/lags/back", SignedIn(Viewer), || get(overview::lags::to_confirmed)),
    on(Method::GET, "/orders", SignedIn(Viewer), || get(orders::page)),
    on(Method::GET, "/orders.csv", SignedIn(Viewer), || get(orders::csv)),
    on(Method::GET, "/orders/{connection}/{order}", SignedIn(Viewer), || get(order::page)),
    on(Method::GET, "/orders/{connection}/{order}/proof/{shipment}", SignedIn(Operator), || get(order::proof)),
    on(Method::GET, "/orders/{connection}/{order}/raw", SignedIn(Operator), || get(order::raw)),
    on(Method::GET, "/orders/{connection}/{order}/compare", SignedIn(Operator), || get(order::compare::page)),
    on(Method::GET, "/orders/{connection}/{order}/act/{act}", SignedIn(Operator), || get(order::acts::page)),
    on(Method::POST, "/orders/{connection}/{order}/act/{act}", SignedIn(Operator), || post(order::acts::act)),
    on(Method::GET, "/exceptions", SignedIn(Viewer), || get(exceptions::page)),
    on(Method::GET, "/exceptions/one", SignedIn(Viewer), || get(exceptions::one)),
    on(Method::POST, "/exceptions/ask", SignedIn(Operator), || post(exceptions::ask)),
    on(Method::POST, "/exceptions/do", SignedIn(Operator), || post(exceptions::perform)),
    on(Method::GET, "/connections", SignedIn(Viewer), || get(list::page)),
    on(Method::GET, "/connect/callback", SignedIn(Operator), || get(callback::callback)),
    on(Method::GET, "/connect/{marketplace}", SignedIn(Operator), || get(connect::page)),
    on(Method::POST, "/connect/{marketplace}", SignedIn(Operator), || post(connect::begin)),
    on(Method::GET, "/connections/{id}/reconnect", SignedIn(Operator), || get(connect::reconnect_page)),
    on(Method::POST, "/connections/{id}/reconnect", SignedIn(Operator), || post(connect::reconnect)),
    on(Method::GET, "/connections/{id}/pause", SignedIn(Operator), || get(connection::pause_page)),
    on(Method::GET, "/connections/{id}/resume", SignedIn(Operator), || get(connection::resume_page)),
    on(Method::POST, "/connections/{id}/pause", SignedIn(Operator), || post(connection::pause)),
    on(Method::POST, "/connections/{id}/resume", SignedIn(Operator), || post(connection::resume)),
    on(Method::GET, "/connections/{id}/settings", SignedIn(Viewer), || get(settings::page)),
    on(Method::POST, "/connections/{id}/settings", SignedIn(Operator), || post(settings::save)),
    on(Method::GET, "/connections/{id}/settings/undo", SignedIn(Operator), || get(settings::undo_page)),
    on(Method::POST, "/connections/{id}/settings/undo", SignedIn(Operator), || post(settings::undo)),
    on(Method::GET, "/connections/{id}/remove", SignedIn(Operator), || get(connection::remove_page)),
    on(Method::POST, "/connections/{id}/remove", SignedIn(Operator), || post(connection::remove)),
    on(Method::GET, "/accounts/new", SignedIn(Operator), || get(account::page)),
    on(Method::POST, "/accounts/new", SignedIn(Operator), || post(account::add)),
    on(Method::GET, "/accounts/{id}/keys", SignedIn(Operator), || get(account::keys_page)),
    on(Method::POST, "/accounts/{id}/keys", SignedIn(Operator), || post(account::change_keys)),
];

/// Is there a page at this path (as it is declared)?
pub(crate) fn is_page(path: &str) -> bool {
    ROUTES.iter().any(|route| route.method == Method::GET && route.path == path)
}

/// Is there a page of one order? Its address is `/orders/<connection>/<order>`.
pub(crate) fn has_orders() -> bool {
    ROUTES.iter().any(|route| route.method == Method::GET && route.path.starts_with("/orders/{"))
}

/// The router of all routes.
pub(crate) fn router(console: Arc<Console>) -> Router {
    let guarded = |methods: MethodRouter<Arc<Console>>, path, access| {
        let state = Guard { console: Arc::clone(&console), access, page: is_page(path) };
        methods.layer(from_fn_with_state(state, guard))
    };
    let nowhere = guarded(any(async || Problem::NotFound), "", Anybody).with_state(Arc::clone(&console));
    let routes = ROUTES.iter().fold(Router::new(), |router, route| {
        router.route(route.path, guarded((route.handler)(), route.path, route.access))
    });
    routes
        .fallback_service(nowhere)
        .method_not_allowed_fallback(async || Problem::WrongMethod)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&console), finish))
        .with_state(console)
}
