//! Operations: a struct for each, with its implementations.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Item};

use super::{
    docs, finish,
    responses::{Side, matched, side},
    schema::owned,
};
use crate::{
    api::{Api, Body, Definition, Form, Operation, Parameter, Payload, Place, Schema, Shape, Type},
    format,
    read::names::{self, Taken},
};

/// The code of all operations, without the module that it is in.
pub(super) fn operations(api: &Api) -> Result<String> {
    let mut taken = Taken::of(names::OPERATIONS.iter().copied());
    for operation in &api.operations {
        taken.take(&operation.name);
    }
    let mut text = String::new();
    let mut schemas = api.operations.iter().flat_map(|operation| [operation.sent(), operation.read()].concat());
    if schemas.any(|schema| schema.names().is_some()) {
        text += "    use super::types;\n";
    }
    if !api.operations.is_empty() {
        text += "    use crate::{Operation, Request, Response, Unread, Unsendable};\n";
    }
    for operation in &api.operations {
        text += &format::items(Writer { api, operation }.operation(&mut taken)?);
    }
    Ok(text)
}

struct Writer<'a> {
    api: &'a Api,
    operation: &'a Operation,
}

/// A field of an operation.
struct Field<'a> {
    name: Ident,
    ty: TokenStream,
    required: bool,
    docs: &'a str,
}

impl<'a> Writer<'a> {
    fn operation(&self, taken: &mut Taken) -> Result<Vec<Item>> {
        let operation = self.operation;
        let Operation { id, authenticated, .. } = operation;
        let name = ident(&operation.name);
        let fields = self.fields();
        let borrows = fields.iter().any(|field| field.ty.to_string().contains('\''));
        let [lifetime, elided] = if borrows { [quote!(<'a>), quote!(<'_>)] } else { [quote!(), quote!()] };
        let declared = fields.iter().map(|Field { name, ty, .. }| quote!(pub #name: #ty));
        let new = new(&fields, &name, &lifetime);
        let request = self.request();
        let Side { ty: success, declared: declared_success, arms: successes } = side(operation, true, taken);
        let Side { ty: failure, declared: declared_failure, arms: failures } = side(operation, false, taken);
        let failed = failures.iter().flat_map(|(statuses, _)| statuses.clone()).collect();
        let read = matched(successes.iter().chain([&(failed, quote!(Err(Unread::Failure)))]));
        let read_failure = matched(failures.iter());
        let unused = if failures.is_empty() { quote!(_) } else { quote!(response) };
        let (copy, default) = (fields.is_empty(), fields.iter().all(|field| !field.required));
        let (copy, default) = (copy.then(|| quote!(, Copy)), default.then(|| quote!(, Default)));
        let tokens = quote! {
            #[derive(Clone #copy, Debug #default)]
            #[non_exhaustive]
            pub struct #name #lifetime { #(#declared),* }
            #new
            impl Operation for #name #elided {
                const ID: &'static str = #id;
                const AUTHENTICATED: bool = #authenticated;
                type Success = #success;
                type Failure = #failure;

                fn request(&self) -> Result<Request, Unsendable> { #request }

                fn read(response: &Response) -> Result<Self::Success, Unread> { #read }

                fn read_failure(#unused: &Response) -> Result<Self::Failure, Unread> { #read_failure }
            }
            #declared_success
            #declared_failure
        };
        let mut file: syn::File = syn::parse2(tokens).context("a generated operation does not parse")?;
        // Added afterwards, since most of an operation is documentation, which need not be parsed.
        if let Some(Item::Struct(declared)) = file.items.first_mut() {
            declared.attrs.splice(0..0, docs::attributes(&operation.docs));
            for (member, field) in declared.fields.iter_mut().zip(&fields) {
                member.attrs = docs::attributes(field.docs);
            }
        }
        file.items.iter_mut().filter(|_| operation.inferred).for_each(finish::gate);
        Ok(file.items)
    }

    fn fields(&self) -> Vec<Field<'a>> {
        let field = |name: &str, ty: TokenStream, required: bool, docs: &'a str| {
            let ty = if required { ty } else { quote!(Option<#ty>) };
            Field { name: ident(name), ty, required, docs }
        };
        let parameters = self.operation.parameters.iter();
        let parameters = parameters.map(|of| field(&of.field, self.held(&of.schema), of.required, &of.docs));
        let body = self.operation.body.iter().map(|body| {
            let ty = match &body.form {
                Form::Json(schema) | Form::Urlencoded(schema) | Form::Text(schema) => self.held(schema),
                Form::Multipart => quote!(&'a crate::Multipart),
                Form::Bytes => quote!(&'a [u8]),
            };
            field("body", ty, body.required, "The body.")
        });
        parameters.chain(body).collect()
    }

    /// The expression that builds the request.
    fn request(&self) -> TokenStream {
        let Operation { method, path, parameters, .. } = self.operation;
        let method = ident(method);
        let mut request = quote!(Request::#method(#path));
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
            request = quote!(#request.#call?);
        }
        let responses = self.operation.responses.iter();
        let json = responses.filter(|response| matches!(response.payload, Payload::Json(_)));
        let accept: BTreeSet<&str> = json.flat_map(|response| &response.media_types).map(String::as_str).collect();
        if !accept.is_empty() {
            let accept = Vec::from_iter(accept).join(", ");
            request = quote!(#request.accept(#accept));
        }
        match &self.operation.body {
            None => quote!(Ok(#request)),
            Some(body) if body.required => self.with_body(body, &request, quote!(self.body)),
            Some(body) => {
                let sent = self.with_body(body, &quote!(request), quote!(body));
                quote! {
                    let request = #request;
                    match self.body {
                        Some(body) => #sent,
                        None => Ok(request),
                    }
                }
            }
        }
    }

    /// The expression that adds a body to a request.
    fn with_body(&self, body: &Body, request: &TokenStream, value: TokenStream) -> TokenStream {
        let media_type = &body.media_type;
        let value = match &body.form {
            Form::Json(schema) | Form::Urlencoded(schema) if self.is_copy(schema) || schema.is_secret() => {
                exposed(schema, value)
            }
            Form::Text(schema) if schema.is_secret() => quote!(#value.expose_secret()),
            _ => value,
        };
        let named = quote!(http::HeaderValue::from_static(#media_type));
        match &body.form {
            Form::Json(_) if media_type == "application/json" => quote!(#request.json(#value)),
            Form::Json(_) => quote!(#request.json_as(#media_type, #value)),
            Form::Urlencoded(_) => quote!(#request.form(#value)),
            Form::Multipart => quote!(#request.multipart(#value)),
            Form::Text(_) => quote!(Ok(#request.bytes(#named, #value.as_bytes().to_vec().into()))),
            Form::Bytes => quote!(Ok(#request.bytes(#named, #value.to_vec().into()))),
        }
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

    /// The type of a value in an operation.
    fn held(&self, schema: &Schema) -> TokenStream {
        let ty = match &schema.shape {
            Shape::Text if !schema.nullable => quote!(str),
            Shape::List(inner) if !schema.nullable => {
                let inner = owned(inner);
                quote!([#inner])
            }
            _ => owned(schema),
        };
        if self.is_copy(schema) { ty } else { quote!(&'a #ty) }
    }
}

/// The function `new`, whose arguments are the required fields.
fn new(fields: &[Field<'_>], name: &Ident, lifetime: &TokenStream) -> TokenStream {
    let required: Vec<&Field<'_>> = fields.iter().filter(|field| field.required).collect();
    let arguments = required.iter().map(|Field { name, ty, .. }| quote!(#name: #ty));
    let values =
        fields.iter().map(|Field { name, required, .. }| if *required { quote!(#name) } else { quote!(#name: None) });
    let doc = if required.len() == fields.len() {
        " The operation."
    } else {
        " The operation with its required values; optional ones are set afterwards."
    };
    quote! {
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

fn ident(name: &str) -> Ident {
    format_ident!("{name}")
}
