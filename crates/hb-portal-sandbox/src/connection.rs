//! One connection: reads requests, writes responses, and applies faults in between.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Uri};
use tower_service::Service;

use crate::fault::{Armed, Ending, Moment, Reply};
use crate::http1::{Broken, Delivery, Framing, Head, Inbox, Message, Wire, close, hang, reset, write};
use crate::issued::Issued;
use crate::record::{Arrivals, HandledRequest, RecordedRequest};
use crate::state::State;

/// How a connection continues after a request.
enum Next {
    Request,
    End(Ending),
    /// FIN immediately, without the `close_notify` of TLS.
    Cut,
}

/// Why a request could not be read to its end.
enum Unread {
    Broken(Broken),
    Struck(Ending),
}

impl From<Broken> for Unread {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Serves a connection until either side ends it.
pub(crate) async fn serve<W: Wire>(mut wire: W, arrivals: Arc<Arrivals>, state: Arc<State>, mut router: Router) {
    arrivals.established();
    let mut inbox = Inbox::new(Arc::clone(&arrivals));
    let mut kept = false;
    loop {
        match exchange(&mut wire, &mut inbox, kept, &state, &mut router).await {
            Next::Request => kept = true,
            Next::End(ending) => return end(wire, ending, &arrivals).await,
            Next::Cut => return,
        }
    }
}

/// Ends a connection as a fault requires.
pub(crate) async fn end<W: Wire>(wire: W, ending: Ending, arrivals: &Arrivals) {
    match ending {
        Ending::Reset => reset(wire, arrivals),
        Ending::Close => close(wire, arrivals).await,
        Ending::Hang => hang(wire, arrivals).await,
    }
}

/// One request and its response; `kept` is true if the connection has already served a request.
async fn exchange<W: Wire>(wire: &mut W, inbox: &mut Inbox, kept: bool, state: &State, router: &mut Router) -> Next {
    let mut record = match inbox.request_line(wire).await {
        Ok(Some((method, target))) => RecordedRequest::new(method, target),
        Ok(None) => return Next::End(Ending::Close),
        Err(Broken::Gone) => return Next::Cut,
        // Without a request line there is no request to record.
        Err(Broken::Refused(status)) => return send(wire, Message::bare(status)).await,
    };
    // Has the lease polled again, which may have ended after its last poll and before the request arrived.
    tokio::task::yield_now().await;
    let (at, started) = (SystemTime::now(), Instant::now());
    let mut armed =
        state.operation(record.method(), record.path()).and_then(|operation| state.faults.arm(operation, kept));

    let received = receive(wire, inbox, &mut record, &mut armed).await;
    let mut handled = HandledRequest {
        at,
        method: record.method().to_owned(),
        path: record.path().to_owned(),
        status: None,
        duration: started.elapsed(),
    };
    state.record(record);
    let (head, body) = match received {
        Ok(request) => request,
        Err(Unread::Broken(Broken::Gone)) => return Next::Cut,
        Err(Unread::Broken(Broken::Refused(status))) => {
            handled.status = Some(status.as_u16());
            state.observe(&handled);
            return send(wire, Message::bare(status)).await;
        }
        Err(Unread::Struck(ending)) => {
            state.observe(&handled);
            return Next::End(ending);
        }
    };

    let without_body = head.request.method() == Method::HEAD;
    let request = head.request.map(|()| Body::from(body));
    let replied = reply(request, router, armed).await;
    handled.duration = started.elapsed();
    handled.status = replied.as_ref().ok().map(|reply| reply.message.status);
    // Before the response is written, so that a client that has a response can rely on the request being logged.
    state.observe(&handled);
    let reply = match replied {
        Ok(reply) => reply,
        Err(ending) => return Next::End(ending),
    };

    let keep_alive = head.keep_alive && reply.message.framing != Framing::Close;
    let packet = reply.message.into_packet(keep_alive, without_body);
    let secret = reply.issued.as_ref().map(Issued::secret_in_json);
    let reach = reply.delivery.reaches(&packet, secret.as_deref());
    let bytes = packet.bytes.get(..reach).unwrap_or_default();
    let endpoint = reply.issued.as_ref().and_then(Issued::endpoint);
    if let (Some(endpoint), Some(secret)) = (endpoint, &secret) {
        // With its closing quote, because without it a client cannot know that the secret is complete.
        if packet.shows(&format!("{secret}\""), reach) {
            state.record_sent_secret(endpoint.id);
        }
    }
    let written = write(wire, bytes, reply.delivery).await;
    match reply.delivery {
        _ if written.is_err() => Next::Cut,
        Delivery::Cut(_) => Next::Cut,
        Delivery::Stall(_) => Next::End(Ending::Hang),
        Delivery::Whole | Delivery::Slow { .. } if keep_alive => Next::Request,
        Delivery::Whole | Delivery::Slow { .. } => Next::End(Ending::Close),
    }
}

/// Reads the rest of a request whose first line has arrived, and adds each part to `record`.
async fn receive<W: Wire>(
    wire: &mut W,
    inbox: &mut Inbox,
    record: &mut RecordedRequest,
    armed: &mut Option<Armed<'_>>,
) -> Result<(Head, Vec<u8>), Unread> {
    strike_at(Moment::NextRequest, armed)?;
    strike_at(Moment::BeforeRequest, armed)?;
    let head = inbox.head(wire).await?;
    record.head.clone_from(&head.raw);
    record.headers.clone_from(head.request.headers());
    strike_at(Moment::DuringRequest, armed)?;
    let body = inbox.body(wire, &head).await?;
    record.body.clone_from(&body);
    strike_at(Moment::AfterRequest, armed)?;
    Ok((head, body))
}

/// `Err` if a fault strikes at this moment.
fn strike_at(moment: Moment, armed: &mut Option<Armed<'_>>) -> Result<(), Unread> {
    match armed.as_mut().and_then(|armed| armed.strike_at(moment)) {
        Some(ending) => Err(Unread::Struck(ending)),
        None => Ok(()),
    }
}

/// Makes the reply to a request; `Err` if a fault leaves it without a response.
async fn reply(mut request: Request<Body>, router: &mut Router, armed: Option<Armed<'_>>) -> Result<Reply, Ending> {
    let armed = match armed {
        // The request is not carried out, so its token and its body do not matter.
        Some(armed) if !armed.commits() => return armed.strike(request.headers(), None),
        armed => armed,
    };
    if armed.as_ref().is_some_and(Armed::ignores_the_page) {
        remove_page(request.uri_mut());
    }
    let headers = request.headers().clone();
    let response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let issued = response.extensions().get::<Issued>().cloned();
    match (armed, issued) {
        (Some(armed), Some(issued)) => armed.strike(&headers, Some(issued)),
        // A fault that commits strikes only a request that succeeds.
        (_, issued) => Ok(Reply { message: Message::from_response(response).await, delivery: Delivery::Whole, issued }),
    }
}

/// Removes the page from a query.
fn remove_page(uri: &mut Uri) {
    let query: Vec<&str> =
        uri.query().unwrap_or_default().split('&').filter(|pair| !pair.starts_with("page=")).collect();
    if let Ok(changed) = format!("{}?{}", uri.path(), query.join("&")).parse() {
        *uri = changed;
    }
}

async fn send<W: Wire>(wire: &mut W, message: Message) -> Next {
    let packet = message.into_packet(false, false);
    match write(wire, &packet.bytes, Delivery::Whole).await {
        Ok(()) => Next::End(Ending::Close),
        Err(_) => Next::Cut,
    }
}
