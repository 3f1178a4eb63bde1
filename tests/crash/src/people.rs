//! The people around a world: buyers, sellers, and who ships.

use crate::{
    emulator::Trouble,
    outside::ANY_ORIGIN,
    todo::Todo,
    world::{Past, REST, World},
};
use serde_json::{Value, json};
use std::time::Duration;

impl World {
    /// A control of a sandbox.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn control(&self, sandbox: &str, path: &str, body: &Value) -> Result<Value, Trouble> {
        let call = self.lab.client.post(format!("{sandbox}/_sandbox/{path}")).json(body);
        let answer = call.timeout(Duration::from_secs(10)).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            return Err(format!("a sandbox refused {path} with {status}: {text}").into());
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// A sandbox's books.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn books(&self, sandbox: &str) -> Result<Value, Trouble> {
        Ok(self.lab.client.get(format!("{sandbox}/_sandbox/books")).send().await?.json().await?)
    }

    /// Somebody ships what can be shipped. Returns how many orders that were.
    ///
    /// # Errors
    /// When the sandbox refuses.
    pub async fn ship(&mut self) -> Result<usize, Trouble> {
        let books = self.books(&self.outside.targets.shipstation).await?;
        let orders = books["orders"].as_array().into_iter().flatten();
        // A merged one leaves with the one that it was merged into.
        let is_ready = |order: &&Value| order["orderStatus"] == "awaiting_shipment" && order["mergedInto"].is_null();
        let ready = orders.filter(is_ready);
        let ids: Vec<i64> = ready.filter_map(|order| order["orderId"].as_i64()).collect();
        let mut count = 0;
        for id in ids {
            if self.shipped.insert(id) {
                self.ship_one(id).await?;
                count += 1;
            }
        }
        Ok(count)
    }

    async fn ship_one(&mut self, order: i64) -> Result<(), Trouble> {
        self.keep_calls();
        let resource = self.label(order).await?;
        self.past.push(Past::Ship(order));
        self.hooks.push(resource.clone());
        self.todos.push(Todo::Hook { resource, tries: 0 });
        Ok(())
    }

    /// Lets a second pass, here and in every world that begins later.
    pub async fn rest(&mut self) {
        self.keep_calls();
        self.past.push(Past::Rest);
        tokio::time::sleep(REST).await;
    }

    /// The sellers take back what they authorised, here and in every world that begins later.
    ///
    /// # Errors
    /// When a sandbox refuses.
    pub async fn revoke(&mut self) -> Result<(), Trouble> {
        for connection in self.setting.clone().orders.keys() {
            self.at_market(connection, "oauth/revoke", json!({})).await?;
        }
        Ok(())
    }

    /// All buyers cancel, here and in every world that begins later.
    ///
    /// # Errors
    /// When a sandbox refuses.
    pub async fn cancel(&mut self) -> Result<(), Trouble> {
        for (connection, orders) in &self.setting.clone().orders {
            let gone = if connection.starts_with("ali") {
                json!({ "status": "trade_close" })
            } else {
                json!({ "status": "FINISH", "end_reason": "buyer_cancel_order" })
            };
            for order in orders {
                let path = format!("orders/{}/status", order["id"].as_str().unwrap_or_default());
                self.at_market(connection, &path, gone.clone()).await?;
            }
        }
        Ok(())
    }

    async fn at_market(&mut self, connection: &str, path: &str, body: Value) -> Result<(), Trouble> {
        self.keep_calls();
        self.control(self.marketplace(connection), path, &body).await?;
        self.past.push(Past::Market(connection.to_owned(), path.to_owned(), body));
        Ok(())
    }

    /// Somebody voids every label and buys a new one, here and in every world that begins later.
    ///
    /// # Errors
    /// When the sandbox refuses.
    pub async fn relabel(&mut self) -> Result<(), Trouble> {
        let books = self.books(&self.outside.targets.shipstation).await?;
        for parcel in books["shipments"].as_array().into_iter().flatten().filter(|parcel| parcel["voided"] == false) {
            let (Some(shipment), Some(order)) = (parcel["shipmentId"].as_i64(), parcel["orderId"].as_i64()) else {
                return Err("a parcel has no number".into());
            };
            self.at_warehouse("void", json!({ "shipmentId": shipment })).await?;
            self.ship_one(order).await?;
        }
        Ok(())
    }

    /// Somebody merges all orders into the first one, here and in every world that begins later.
    ///
    /// # Errors
    /// When the sandbox refuses.
    pub async fn merge(&mut self) -> Result<(), Trouble> {
        let ids = self.warehouse_orders().await?;
        self.at_warehouse("merge", json!({ "orderIds": ids })).await
    }

    /// Somebody splits every order in two, here and in every world that begins later.
    ///
    /// # Errors
    /// When the sandbox refuses.
    pub async fn split(&mut self) -> Result<(), Trouble> {
        for id in self.warehouse_orders().await? {
            self.at_warehouse("split", json!({ "orderId": id })).await?;
        }
        Ok(())
    }

    async fn warehouse_orders(&self) -> Result<Vec<i64>, Trouble> {
        let books = self.books(&self.outside.targets.shipstation).await?;
        Ok(books["orders"].as_array().into_iter().flatten().filter_map(|order| order["orderId"].as_i64()).collect())
    }

    async fn at_warehouse(&mut self, path: &'static str, body: Value) -> Result<(), Trouble> {
        self.keep_calls();
        self.control(&self.outside.targets.shipstation, path, &body).await?;
        self.past.push(Past::Warehouse(path, body));
        Ok(())
    }

    /// The marketplace pushes a message about every order.
    pub fn push(&mut self) {
        for (connection, orders) in &self.setting.clone().orders {
            let ids = orders.iter().filter_map(|order| order["id"].as_str());
            let todo = |order: &str| Todo::Push { connection: connection.clone(), order: order.to_owned(), tries: 0 };
            self.todos.extend(ids.map(todo));
        }
    }

    pub(crate) async fn label(&self, order: i64) -> Result<String, Trouble> {
        let wanted = json!({ "orderId": order, "notify": false });
        let answer = self.control(&self.outside.targets.shipstation, "ship", &wanted).await?;
        Ok(format!("{ANY_ORIGIN}/shipments?batchId={}&includeShipmentItems=False", answer["batchId"]))
    }

    /// All webhooks that ShipStation ever posted.
    #[must_use]
    pub fn hooks_ever(&self) -> Vec<Todo> {
        self.hooks.iter().map(|resource| Todo::Hook { resource: resource.clone(), tries: 0 }).collect()
    }
}
