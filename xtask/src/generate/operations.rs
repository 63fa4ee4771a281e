//! Operations: a struct for each, with its implementations.

use anyhow::Result;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Item, parse_quote};

use super::{
    docs, parse,
    responses::{matched, side},
    schema::owned,
};
use crate::{
    api::{Api, Body, Definition, Form, Operation, Parameter, Payload, Place, Schema, Shape, Type},
    format::Module,
    read::names::{self, Taken},
};

/// The code of the module of all operations.
pub(super) fn operations(api: &Api) -> Result<String> {
    let mut taken = Taken::of(names::OPERATIONS.iter().copied());
    for operation in &api.operations {
        taken.take(&operation.name);
    }
    let mut module = Module::new(parse_quote! {
        /// The operations; each builds its request and reads the response.
        pub mod operations {}
    });
    for operation in &api.operations {
        let gate = operation.inferred.then(|| quote!(#[cfg(feature = "preview")]));
        let mut writer = Writer { api, operation, gate, taken: &mut taken };
        for item in parse::items(writer.operation()) {
            module.push(item?);
        }
    }
    let mut uses: Vec<Item> = Vec::new();
    if api.operations.iter().any(has_named_types) {
        uses.push(parse_quote!(
            use super::types;
        ));
    }
    if !api.operations.is_empty() {
        uses.push(parse_quote!(
            use crate::{Operation, Request, Response, Unread, Unsendable};
        ));
    }
    Ok(module.finish(uses))
}

fn has_named_types(operation: &Operation) -> bool {
    let read = operation.responses.iter().filter_map(|response| match &response.payload {
        Payload::Json(schema) => Some(schema),
        Payload::Bytes | Payload::Nothing => None,
    });
    operation.sent().into_iter().chain(read).any(|schema| schema.names().is_some())
}

struct Writer<'a> {
    api: &'a Api,
    operation: &'a Operation,
    gate: Option<TokenStream>,
    taken: &'a mut Taken,
}

/// A field of an operation: its name, its type, whether it is required, and its documentation.
struct Field {
    name: Ident,
    ty: TokenStream,
    required: bool,
    docs: String,
}

impl Writer<'_> {
    fn operation(&mut self) -> TokenStream {
        let Self { operation, gate, .. } = self;
        let (gate, operation) = (gate.clone(), *operation);
        let name = format_ident!("{}", operation.name);
        let fields = self.fields();
        let borrows = fields.iter().any(|field| field.ty.to_string().contains('\''));
        let [lifetime, elided] = if borrows { [quote!(<'a>), quote!(<'_>)] } else { [quote!(), quote!()] };
        let docs = docs::attributes(&operation.docs);
        let declared = fields.iter().map(|Field { name, ty, docs, .. }| {
            let docs = docs::attributes(docs);
            quote!(#(#docs)* pub #name: #ty)
        });
        let (id, authenticated) = (&operation.id, operation.authenticated);
        let new = new(&fields, &name, &lifetime, &gate);
        let request = self.request();
        let [success, failure] = [true, false].map(|success| side(operation, success, &gate, self.taken));
        let (success_type, failure_type) = (&success.ty, &failure.ty);
        let (declared_success, declared_failure) = (&success.declared, &failure.declared);
        let read = matched(&success.arms, &failure.arms, quote!(Err(Unread::Failure)));
        let read_failure = matched(&failure.arms, &[], quote!());
        let derive = if fields.is_empty() {
            quote!(#[derive(Clone, Copy, Debug, Default)])
        } else if fields.iter().all(|field| !field.required) {
            quote!(#[derive(Clone, Debug, Default)])
        } else {
            quote!(#[derive(Clone, Debug)])
        };
        let unused = if failure.arms.is_empty() { quote!(_) } else { quote!(response) };
        quote! {
            #gate
            #(#docs)*
            #derive
            #[non_exhaustive]
            pub struct #name #lifetime { #(#declared),* }
            #new
            #gate
            impl Operation for #name #elided {
                const ID: &'static str = #id;
                const AUTHENTICATED: bool = #authenticated;
                type Success = #success_type;
                type Failure = #failure_type;

                fn request(&self) -> Result<Request, Unsendable> { #request }

                fn read(response: &Response) -> Result<Self::Success, Unread> { #read }

                fn read_failure(#unused: &Response) -> Result<Self::Failure, Unread> { #read_failure }
            }
            #declared_success
            #declared_failure
        }
    }

    fn fields(&self) -> Vec<Field> {
        let parameter = |parameter: &Parameter| {
            let ty = self.held(&parameter.schema);
            Field {
                name: ident(&parameter.field),
                ty: if parameter.required { ty } else { quote!(Option<#ty>) },
                required: parameter.required,
                docs: parameter.docs.clone(),
            }
        };
        let mut fields: Vec<Field> = self.operation.parameters.iter().map(parameter).collect();
        if let Some(body) = &self.operation.body {
            let ty = match &body.form {
                Form::Json(schema) | Form::Urlencoded(schema) => self.held(schema),
                Form::Multipart => quote!(&'a crate::Multipart),
                Form::Text => quote!(&'a str),
                Form::Bytes => quote!(&'a [u8]),
            };
            fields.push(Field {
                name: format_ident!("body"),
                ty: if body.required { ty } else { quote!(Option<#ty>) },
                required: body.required,
                docs: "The body.".to_owned(),
            });
        }
        fields
    }

    /// The expression that builds the request.
    fn request(&self) -> TokenStream {
        let Operation { method, path, parameters, .. } = self.operation;
        let method = format_ident!("{method}");
        let mut chain = quote!(Request::#method(#path));
        for Parameter { wire, field, place, schema, .. } in parameters {
            let field = ident(field);
            let value = exposed(schema, quote!(self.#field));
            let call = match place {
                Place::Path => quote!(path(#wire, #value)),
                Place::Query if matches!(schema.shape, Shape::Map(_)) => quote!(deep_query(#wire, #value)),
                Place::Query => quote!(query(#wire, #value)),
                Place::Header if schema.is_secret() => quote!(secret_header(#wire, #value)),
                Place::Header => quote!(header(#wire, #value)),
            };
            chain = quote!(#chain.#call?);
        }
        if let Some(accept) = self.accept() {
            chain = quote!(#chain.accept(#accept));
        }
        match &self.operation.body {
            None => quote!(Ok(#chain)),
            Some(body) if body.required => {
                let (written, fallible) = written(body, quote!(self.body), self.copies(body));
                if fallible { quote!(#chain.#written) } else { quote!(Ok(#chain.#written)) }
            }
            Some(body) => {
                let (written, fallible) = written(body, quote!(body), self.copies(body));
                let sent = if fallible { quote!(request.#written) } else { quote!(Ok(request.#written)) };
                quote! {
                    let request = #chain;
                    match self.body {
                        Some(body) => #sent,
                        None => Ok(request),
                    }
                }
            }
        }
    }

    /// The JSON media types of the responses.
    fn accept(&self) -> Option<String> {
        let mut names: Vec<&str> = self
            .operation
            .responses
            .iter()
            .filter(|response| matches!(response.payload, Payload::Json(_)))
            .flat_map(|response| &response.media_types)
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Whether an operation holds a value instead of a reference, since a copy costs no more.
    fn is_copy(&self, schema: &Schema) -> bool {
        match &schema.shape {
            Shape::DateTime | Shape::Date | Shape::Integer(_) | Shape::Number(_) | Shape::Boolean => true,
            Shape::Named(name) => {
                matches!(self.api.types.get(name), Some(Type { definition: Definition::Values(_), .. }))
            }
            _ => false,
        }
    }

    fn copies(&self, body: &Body) -> bool {
        matches!(&body.form, Form::Json(schema) | Form::Urlencoded(schema) if self.is_copy(schema))
    }

    /// The type of a value in an operation.
    fn held(&self, schema: &Schema) -> TokenStream {
        match &schema.shape {
            _ if self.is_copy(schema) => owned(schema),
            Shape::Text if !schema.nullable => quote!(&'a str),
            Shape::List(inner) if !schema.nullable => {
                let inner = owned(inner);
                quote!(&'a [#inner])
            }
            _ => {
                let ty = owned(schema);
                quote!(&'a #ty)
            }
        }
    }
}

/// The function `new`, whose arguments are the required fields.
fn new(fields: &[Field], name: &Ident, lifetime: &TokenStream, gate: &Option<TokenStream>) -> TokenStream {
    let required: Vec<&Field> = fields.iter().filter(|field| field.required).collect();
    let arguments = required.iter().map(|Field { name, ty, .. }| quote!(#name: #ty));
    let values =
        fields.iter().map(|Field { name, required, .. }| if *required { quote!(#name) } else { quote!(#name: None) });
    let doc = if required.len() == fields.len() {
        " The operation."
    } else {
        " The operation with its required values; optional ones are set afterwards."
    };
    quote! {
        #gate
        impl #lifetime #name #lifetime {
            #[doc = #doc]
            #[must_use]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#values),* }
            }
        }
    }
}

/// A reference to a value that a request serialises, for which a secret has to be exposed.
fn exposed(schema: &Schema, value: TokenStream) -> TokenStream {
    if schema.is_secret() { quote!(&crate::Exposed(&#value)) } else { quote!(&#value) }
}

/// The call that writes a body, and whether it can fail.
fn written(body: &Body, value: TokenStream, copied: bool) -> (TokenStream, bool) {
    let media_type = &body.media_type;
    let value = match &body.form {
        Form::Json(schema) | Form::Urlencoded(schema) if copied || schema.is_secret() => exposed(schema, value),
        _ => value,
    };
    let named = quote!(http::HeaderValue::from_static(#media_type));
    match &body.form {
        Form::Json(_) if media_type == "application/json" => (quote!(json(#value)), true),
        Form::Json(_) => (quote!(json_as(#media_type, #value)), true),
        Form::Urlencoded(_) => (quote!(form(#value)), true),
        Form::Multipart => (quote!(multipart(#value)), true),
        Form::Text => (quote!(bytes(#named, #value.as_bytes().to_vec().into())), false),
        Form::Bytes => (quote!(bytes(#named, #value.to_vec().into())), false),
    }
}

fn ident(name: &str) -> Ident {
    format_ident!("{name}")
}
