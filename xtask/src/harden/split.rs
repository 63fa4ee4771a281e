//! An operation without I/O: what it sends and what an answer to it says, in the place of the method that did both.

use anyhow::{Context, Result, bail};
use heck::ToUpperCamelCase as _;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Arm, Expr, ExprLit, FnArg, Ident, ImplItem, ImplItemFn, Item, ItemImpl, Lit, Pat, Stmt, Type, parse_quote,
    punctuated::Punctuated, token::Comma,
};

use super::planned::sides;

/// Puts an `impl Operation` in the place of each method, and takes out the client that the methods were of.
pub(super) fn split(file: &mut syn::File) -> Result<()> {
    let mut items = Vec::new();
    for item in std::mem::take(&mut file.items) {
        match item {
            Item::Struct(client) if client.ident == "Client" => {}
            Item::Impl(ItemImpl { trait_: None, self_ty, items: members, .. }) if is_client(&self_ty) => {
                for member in members {
                    let ImplItem::Fn(method) = member else { continue };
                    let name = method.sig.ident.clone();
                    items.extend(operation(method).with_context(|| format!("the operation `{name}` cannot be split"))?);
                }
            }
            Item::Use(_) => {}
            other => items.push(other),
        }
    }
    let used = items.iter().map(|item| item.to_token_stream().to_string()).collect::<String>();
    let names = ["Operation", "Request", "Response", "Unread", "Unsendable"];
    let names = names.into_iter().filter(|name| used.contains(name)).map(|name| format_ident!("{name}"));
    file.items = vec![parse_quote!(use crate::{#(#names),*};)];
    file.items.append(&mut items);
    Ok(())
}

/// The type that stands for an operation, with its parameters, and what it implements.
fn operation(mut method: ImplItemFn) -> Result<[Item; 2]> {
    let (id, docs) = (method.sig.ident.to_string(), std::mem::take(&mut method.attrs));
    let name = format_ident!("{}", id.to_upper_camel_case());
    let [success, failure] = sides(&mut method)?.map(|side| side.clone());
    let mut fields = Vec::new();
    let mut borrows = false;
    for input in &method.sig.inputs {
        let FnArg::Typed(parameter) = input else { continue };
        let (name, ty) = (&parameter.pat, &parameter.ty);
        borrows |= ty.to_token_stream().to_string().contains('\'');
        fields.push(quote!(#name: #ty));
    }
    let [lifetime, elided] = if borrows { [quote!(<'a>), quote!(<'_>)] } else { [quote!(), quote!()] };
    let Parts { request, arms } = parts(&method.block.stmts)?;
    let declared = parse_quote! {
        #(#docs)*
        #[derive(Clone, Debug)]
        pub struct #name #lifetime { #(pub #fields),* }
    };
    let implemented = parse_quote! {
        impl Operation for #name #elided {
            const ID: &'static str = #id;
            type Success = #success;
            type Failure = #failure;

            fn request(&self) -> Result<Request, Unsendable> {
                #request
            }

            fn read(answer: &Response) -> Result<Self::Success, Unread> {
                match answer.status().as_u16() { #(#arms)* }
            }
        }
    };
    Ok([declared, implemented])
}

struct Parts {
    /// The request, as an expression.
    request: Expr,
    /// What each status means.
    arms: Vec<Arm>,
}

/// Takes a method apart. A statement that is none of those that are known is an error: nothing is lost.
fn parts(stmts: &[Stmt]) -> Result<Parts> {
    let (mut request, mut arms, mut target, mut headers) = (None, Vec::new(), None, Vec::new());
    for stmt in stmts {
        match (let_name(stmt).as_deref(), stmt) {
            (Some("url"), Stmt::Local(local)) => {
                target = Some(Target::of(local.init.as_ref().map(|init| &*init.expr))?)
            }
            (Some("request"), Stmt::Local(local)) => {
                let chain = local.init.as_ref().context("no request is built")?;
                request = Some(built(&chain.expr, &target.take().context("a request without a path")?, &headers)?);
            }
            (Some("header_map" | "info" | "result" | "response"), _) => {}
            (None, Stmt::Expr(Expr::Match(looked_at), _)) => arms = merged(&looked_at.arms)?,
            (None, Stmt::Expr(append, _)) if let Some(header) = header(append) => headers.push(header),
            _ => bail!("it does what is not known: `{}`", stmt.to_token_stream()),
        }
    }
    let request = match request.context("it builds no request")? {
        Expr::Try(tried) => *tried.expr,
        other => parse_quote!(Ok(#other)),
    };
    Ok(Parts { request, arms })
}

/// The path behind the base URL, with the names of its parameters in it, and these.
struct Target {
    path: String,
    parameters: Vec<Ident>,
}

impl Target {
    /// From `format!("{}/a/{}", self.baseurl, encode_path(&id.to_string()))`.
    fn of(url: Option<&Expr>) -> Result<Self> {
        let Some(Expr::Macro(call)) = url else { bail!("the URL is not formatted") };
        let args = call.mac.parse_body_with(Punctuated::<Expr, Comma>::parse_terminated)?;
        let Some(Expr::Lit(ExprLit { lit: Lit::Str(template), .. })) = args.first() else { bail!("no template") };
        let mut path = template.value().strip_prefix("{}").context("the URL does not begin with the base")?.to_owned();
        let encoded = args.iter().skip(2).map(|arg| match arg {
            Expr::Call(call) => call.args.first().and_then(argument),
            _ => None,
        });
        let parameters: Vec<Ident> = encoded.collect::<Option<_>>().context("a segment that is no parameter")?;
        for parameter in &parameters {
            path = path.replacen("{}", &format!("{{{parameter}}}"), 1);
        }
        Ok(Self { path, parameters })
    }
}

/// From `self.client.post(url).header(..).query(..).json(&body).build()?` to the same without a client.
fn built(expr: &Expr, target: &Target, headers: &[(Expr, Ident)]) -> Result<Expr> {
    let call = match expr {
        Expr::Try(tried) => return built(&tried.expr, target, headers),
        Expr::Block(block) => return perhaps_with_body(&block.block.stmts, target, headers),
        Expr::MethodCall(call) => call,
        _ => bail!("a request is not built by calls"),
    };
    if let Expr::Field(_) = &*call.receiver {
        let (method, path) = (&call.method, &target.path);
        let segments = target.parameters.iter().map(|name| {
            let wire = name.to_string();
            quote!(.path(#wire, &self.#name)?)
        });
        return Ok(parse_quote!(Request::#method(#path) #(#segments)*));
    }
    let receiver = built(&call.receiver, target, headers)?;
    Ok(match (call.method.to_string().as_str(), call.args.first()) {
        ("build", _) => receiver,
        ("json", Some(body)) => {
            let body = argument(body).context("a body that is no parameter")?;
            parse_quote!(#receiver.json(self.#body)?)
        }
        ("header", Some(name)) if name.to_token_stream().to_string().ends_with("ACCEPT") => {
            let value = literal(call.args.get(1)).context("`Accept` is no literal")?;
            parse_quote!(#receiver.accept(#value))
        }
        ("header", Some(name)) if name.to_token_stream().to_string().ends_with("CONTENT_TYPE") => {
            let value = literal(call.args.get(1)).context("`Content-Type` is no literal")?;
            parse_quote!(#receiver.content_type(#value))
        }
        ("headers", _) => {
            let headers = headers.iter().map(|(name, value)| quote!(.header(#name, &self.#value)?));
            parse_quote!(#receiver #(#headers)*)
        }
        ("query", Some(Expr::Reference(parameter))) => {
            let Expr::Call(pair) = &*parameter.expr else { bail!("a query that is no pair") };
            let (name, value) = (pair.args.first(), pair.args.get(1).and_then(argument));
            let value = value.context("a query that is no parameter")?;
            parse_quote!(#receiver.query(#name, &self.#value)?)
        }
        (other, _) => bail!("`{other}` is not in our runtime"),
    })
}

/// From `{ let request = ..; match body { Some(body) => request.json(&body), None => request } }`, as bodies.rs writes it.
fn perhaps_with_body(stmts: &[Stmt], target: &Target, headers: &[(Expr, Ident)]) -> Result<Expr> {
    let [Stmt::Local(request), Stmt::Expr(Expr::Match(body), _)] = stmts else { bail!("a block that is not known") };
    let request = built(&request.init.as_ref().context("no request is built")?.expr, target, headers)?;
    let parameter = argument(&body.expr).context("a body that is no parameter")?;
    let sent = body.arms.first().map(|arm| arm.body.to_token_stream().to_string()).unwrap_or_default();
    if sent != "request . json (& body)" {
        bail!("a body that may be left out and is not JSON: `{sent}`");
    }
    Ok(parse_quote!(#request.json_if(self.#parameter)?))
}

/// A header and the parameter that it has, from `header_map.append("name", value.to_string().try_into()?)`, perhaps in an
/// `if let Some(value) = parameter`.
fn header(expr: &Expr) -> Option<(Expr, Ident)> {
    match expr {
        Expr::If(branch) => {
            let Expr::Let(bound) = &*branch.cond else { return None };
            let [Stmt::Expr(append, _)] = branch.then_branch.stmts.as_slice() else { return None };
            Some((header(append)?.0, argument(&bound.expr)?))
        }
        Expr::MethodCall(call) if call.method == "append" => {
            Some((call.args.first()?.clone(), argument(call.args.get(1)?)?))
        }
        _ => None,
    }
}

/// The parameter that a value is made of, as in `&id.to_string()`.
fn argument(value: &Expr) -> Option<Ident> {
    match value {
        Expr::Reference(inner) => argument(&inner.expr),
        Expr::Try(inner) => argument(&inner.expr),
        Expr::MethodCall(call) => argument(&call.receiver),
        Expr::Path(path) => path.path.get_ident().cloned(),
        _ => None,
    }
}

/// The text of `HeaderValue::from_static("text")`.
fn literal(value: Option<&Expr>) -> Option<&Expr> {
    if let Some(Expr::Call(call)) = value { call.args.first() } else { None }
}

/// What each status means, those that mean the same in one arm.
fn merged(arms: &[Arm]) -> Result<Vec<Arm>> {
    let mut merged: Vec<(Vec<TokenStream>, TokenStream)> = Vec::new();
    for arm in arms {
        let body = arm.body.to_token_stream().to_string();
        let read = if body.contains("Error :: ErrorResponse") {
            quote!(Err(Unread::Failure))
        } else if body.contains("Error :: UnexpectedResponse") {
            quote!(Err(Unread::Undocumented))
        } else if body.contains("Option :: Some") {
            quote!(answer.json().map(Some))
        } else if body.contains("Option :: None") {
            quote!(Ok(None))
        } else if body.contains("inner : ()") || body.contains("ResponseValue :: empty") {
            quote!(Ok(()))
        } else if body.contains("from_response") && !body.contains(". map") {
            quote!(answer.json())
        } else {
            bail!("an answer is read in a way that is not known: `{body}`")
        };
        let pattern = arm.pat.to_token_stream().to_string().replace("u16", "").parse::<TokenStream>();
        let pattern = pattern.unwrap_or_else(|_| arm.pat.to_token_stream());
        match merged.last_mut() {
            Some((patterns, known)) if known.to_string() == read.to_string() => patterns.push(pattern),
            _ => merged.push((vec![pattern], read)),
        }
    }
    Ok(merged.into_iter().map(|(patterns, read)| parse_quote!(#(#patterns)|* => #read,)).collect())
}

fn let_name(stmt: &Stmt) -> Option<String> {
    let Stmt::Local(local) = stmt else { return None };
    // The generator puts underscores around a name that a parameter has.
    if let Pat::Ident(pat) = &local.pat { Some(pat.ident.to_string().trim_matches('_').to_owned()) } else { None }
}

fn is_client(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("Client"))
}
