//! Operations: one struct each, and what it implements.

use anyhow::Result;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Item};

use super::{
    docs, parse,
    responses::{matched, side},
    schema::owned,
};
use crate::{
    api::{Api, Body, Definition, Form, Operation, Parameter, Payload, Place, Schema, Shape, Type},
    read::names::{self, Taken},
};

/// The module of all operations.
pub(super) fn operations(api: &Api, gated: bool) -> Result<Item> {
    let mut taken = Taken::of(names::OPERATIONS.iter().copied());
    for operation in &api.operations {
        taken.take(&operation.name);
    }
    let mut items = Vec::new();
    for operation in &api.operations {
        let gate = (gated && operation.inferred).then(|| quote!(#[cfg(feature = "preview")]));
        let mut writer = Writer { api, operation, gate, taken: &mut taken };
        items.extend(parse::items(writer.operation())?);
    }
    let uses_types = items.iter().any(|item| quote!(#item).to_string().contains("types ::"));
    let types = uses_types.then(|| {
        quote!(
            use super::types;
        )
    });
    let imports = (!items.is_empty()).then(|| {
        quote!(
            use crate::{Operation, Request, Response, Unread, Unsendable};
        )
    });
    let mut module: syn::ItemMod = syn::parse2(quote! {
        /// The operations, each as the request it makes and what a response to it means.
        pub mod operations { #types #imports }
    })?;
    if let Some((_, content)) = &mut module.content {
        content.extend(items);
    }
    Ok(Item::Mod(module))
}

struct Writer<'a> {
    api: &'a Api,
    operation: &'a Operation,
    gate: Option<TokenStream>,
    taken: &'a mut Taken,
}

/// A field of an operation: its name, its type, whether it must be given, and what it says to people.
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

    /// The request, as an expression.
    fn request(&self) -> TokenStream {
        let Operation { method, path, parameters, .. } = self.operation;
        let method = format_ident!("{method}");
        let mut chain = quote!(Request::#method(#path));
        for Parameter { wire, field, place, schema, .. } in parameters {
            let field = ident(field);
            let call = match (place, schema.is_secret()) {
                (Place::Query, _) if matches!(schema.shape, Shape::Map(_)) => quote!(deep_query(#wire, &self.#field)),
                (Place::Path, _) => quote!(path(#wire, &self.#field)),
                (Place::Query, false) => quote!(query(#wire, &self.#field)),
                (Place::Query, true) => quote!(secret_query(#wire, self.#field)),
                (Place::Header, false) => quote!(header(#wire, &self.#field)),
                (Place::Header, true) => quote!(secret_header(#wire, self.#field)),
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

    /// The media types of JSON that responses have.
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

    /// Whether an operation holds a value itself: a copy costs no more than a reference.
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

    /// A value as an operation holds it.
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

/// `new`, with what is required.
fn new(fields: &[Field], name: &Ident, lifetime: &TokenStream, gate: &Option<TokenStream>) -> TokenStream {
    let required: Vec<&Field> = fields.iter().filter(|field| field.required).collect();
    let arguments = required.iter().map(|Field { name, ty, .. }| quote!(#name: #ty));
    let values =
        fields.iter().map(|Field { name, required, .. }| if *required { quote!(#name) } else { quote!(#name: None) });
    let doc = if required.len() == fields.len() {
        " The operation."
    } else {
        " The operation with what is required; what is optional can be set afterwards."
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

/// The call that writes a body, and whether it can fail.
fn written(body: &Body, value: TokenStream, copied: bool) -> (TokenStream, bool) {
    let media_type = &body.media_type;
    let value = if copied { quote!(&#value) } else { value };
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
