//! One connection: requests come in, answers go out, and faults strike in between.

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

/// How a connection goes on after a request.
enum Next {
    Request,
    End(Ending),
    /// FIN at once, without the closing words that TLS has.
    Cut,
}

/// Why no request came out of what arrived.
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

/// Ends a connection in one of the ways of a fault.
pub(crate) async fn end<W: Wire>(wire: W, ending: Ending, arrivals: &Arrivals) {
    match ending {
        Ending::Reset => reset(wire, arrivals),
        Ending::Close => close(wire, arrivals).await,
        Ending::Hang => hang(wire, arrivals).await,
    }
}

/// One request and its response; `kept` says that the connection has served another one before.
async fn exchange<W: Wire>(wire: &mut W, inbox: &mut Inbox, kept: bool, state: &State, router: &mut Router) -> Next {
    let mut record = match inbox.request_line(wire).await {
        Ok(Some((method, target))) => RecordedRequest::new(method, target),
        Ok(None) => return Next::End(Ending::Close),
        Err(Broken::Gone) => return Next::Cut,
        // Without a line there is no request to record.
        Err(Broken::Refused(status)) => return send(wire, Message::bare(status)).await,
    };
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
    // Before the answer is written: whoever has it can rely on having been logged.
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
        // With its closing quote: without that, nobody can tell that it is whole.
        if packet.shows(&format!("{secret}\""), reach) {
            state.secret_goes_out(endpoint.id);
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

/// The rest of a request whose line has arrived; what of it arrives goes into `record`.
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

/// `Err` when a fault strikes at this moment.
fn strike_at(moment: Moment, armed: &mut Option<Armed<'_>>) -> Result<(), Unread> {
    match armed.as_mut().and_then(|armed| armed.strike_at(moment)) {
        Some(ending) => Err(Unread::Struck(ending)),
        None => Ok(()),
    }
}

/// What answers a request; `Err` when a fault leaves it without an answer.
async fn reply(mut request: Request<Body>, router: &mut Router, armed: Option<Armed<'_>>) -> Result<Reply, Ending> {
    let armed = match armed {
        // The request is not carried out, so that its bearer and its body do not matter.
        Some(armed) if !armed.commits() => return armed.strike(request.headers(), None),
        armed => armed,
    };
    if armed.as_ref().is_some_and(Armed::ignores_the_page) {
        forget_the_page(request.uri_mut());
    }
    let headers = request.headers().clone();
    let response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let issued = response.extensions().get::<Issued>().cloned();
    match (armed, issued) {
        (Some(armed), Some(issued)) => armed.strike(&headers, Some(issued)),
        // A fault that commits waits for a request that succeeds.
        (_, issued) => Ok(Reply { message: Message::from_response(response).await, delivery: Delivery::Whole, issued }),
    }
}

/// Takes the page out of a query.
fn forget_the_page(uri: &mut Uri) {
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
