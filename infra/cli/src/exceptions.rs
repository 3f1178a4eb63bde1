//! Exceptions: what is open, and what people do about it.

use crate::{Failure, list, stack::Stack};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tallyman_app::exceptions::{Asked, Place, end_word};
use tallyman_domain::{ExceptionKind, Owner, ShipmentId, exception::life::Act};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the open ones, the nearest deadline first. The same as without a subcommand.
    List {
        /// Of one owner only: warehouse, customer_service, finance, technical.
        #[arg(long, value_parser = named::<Owner>)]
        owner: Option<Owner>,
    },
    /// It is dealt with. It opens again only when something else is found.
    Resolve {
        #[command(flatten)]
        which: Which,
        /// How it was dealt with, or why it is none.
        #[arg(long)]
        reason: String,
    },
    /// Somebody looks after it; without --to, nobody does any more.
    Assign {
        #[command(flatten)]
        which: Which,
        /// Who.
        #[arg(long)]
        to: Option<String>,
    },
    /// Write something for the others. No data of buyers.
    Comment {
        #[command(flatten)]
        which: Which,
        /// What.
        #[arg(long)]
        text: String,
    },
}

#[derive(Args)]
pub(crate) struct Which {
    /// As the list has it: connection:order, or account/shipment.
    #[arg(value_parser = place)]
    order: Place,
    /// As the list has it.
    #[arg(value_parser = named::<ExceptionKind>)]
    kind: ExceptionKind,
    /// Which shipment, when several of the order have one of this kind.
    #[arg(long, value_parser = shipment)]
    shipment: Option<ShipmentId>,
    /// Who does it.
    #[arg(long, env = "USER", default_value = "the command line")]
    by: String,
}

fn place(text: &str) -> Result<Place, String> {
    Place::parse(text).ok_or_else(|| "neither connection:order nor account/shipment".to_owned())
}

fn shipment(text: &str) -> Result<ShipmentId, String> {
    ShipmentId::parse(text).map_err(|bad| bad.to_string())
}

/// A word as the JSON output has it.
fn named<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::String(text.to_owned())).map_err(|error| error.to_string())
}

pub(crate) async fn run(stack: &Stack, connection: Option<&str>, what: Option<Command>) -> Result<Value, Failure> {
    match what.unwrap_or(Command::List { owner: None }) {
        Command::List { owner } => all(stack, connection, owner).await,
        Command::Resolve { which, reason } => act(stack, &which, Act::Resolve { reason: &reason }).await,
        Command::Assign { which, to } => act(stack, &which, Act::Assign { to: to.as_deref() }).await,
        Command::Comment { which, text } => act(stack, &which, Act::Comment { text: &text }).await,
    }
}

async fn all(stack: &Stack, connection: Option<&str>, owner: Option<Owner>) -> Result<Value, Failure> {
    let mut listed = Vec::new();
    if owner.is_none_or(|owner| owner == Owner::Technical) {
        listed = list::unauthorised(stack, connection).await?;
    }
    for open in stack.exceptions().list(owner).await? {
        if connection.is_none_or(|only| open.order.split([':', '/']).next() == Some(only)) {
            listed.push(serde_json::to_value(open)?);
        }
    }
    Ok(Value::Array(listed))
}

async fn act(stack: &Stack, which: &Which, act: Act<'_>) -> Result<Value, Failure> {
    let asked = Asked { place: &which.order, kind: which.kind, shipment: which.shipment.as_ref(), by: &which.by };
    let after = stack.exceptions().act(asked, act).await?;
    Ok(json!({
        "kind": after.kind, "shipment": after.shipment, "state": end_word(&after).unwrap_or("open"),
        "assignee": after.assignee, "history": after.history,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_list() {
        assert_eq!(named::<ExceptionKind>("no_ship_to"), Ok(ExceptionKind::NoShipTo));
        assert_eq!(named::<Owner>("customer_service"), Ok(Owner::CustomerService));
        assert!(named::<Owner>("somebody").unwrap_err().contains("finance"));
        assert!(place("shop:1").is_ok() && place("main/s1").is_ok() && place("1").is_err());
    }
}
