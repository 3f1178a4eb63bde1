//! upload-proof: renders the proof of a shipment, keeps it write-once, gives it to the marketplace, settles.

use crate::{
    connection::Connection,
    ports::{CallError, Clock, Hint, HintQueue, Kept, Marketplace, OrderRecord, OrderStore, ProofVault},
    step::{At, StepError, failure, hints, note_failure, settle, wake},
};
use std::time::Duration;
use tallyman_domain::{
    Digest, Effect, Event, Finding, OrderRef, ProofFacts, Shipment, ShipmentId, failures::Call, limit::CallClass,
    pending, state::proof_facts,
};

/// Draws a proof. The same facts give the same bytes.
pub trait Draw: Send + Sync {
    /// The PNG.
    ///
    /// # Errors
    /// What is wrong with the facts or the fonts, for people.
    fn draw(&self, facts: &ProofFacts) -> Result<Vec<u8>, String>;
}

/// The use case.
pub struct UploadProof<'a> {
    /// Orders.
    pub orders: &'a dyn OrderStore,
    /// Proofs.
    pub vault: &'a dyn ProofVault,
    /// Queue.
    pub queue: &'a dyn HintQueue,
    /// Clock.
    pub clock: &'a dyn Clock,
    /// The drawing.
    pub draw: &'a dyn Draw,
    /// Upload nothing, and say what the marketplace would be told.
    pub dry_run: bool,
}

impl UploadProof<'_> {
    /// One shipment's proof. A duplicate message finds nothing to do.
    ///
    /// # Errors
    /// [`StepError`]: storing is conditional and uploading twice does no harm, so the message simply comes back.
    pub async fn prove(
        &self,
        connection: &Connection,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        id: &ShipmentId,
    ) -> Result<(), StepError> {
        let Some(record) = self.orders.load(reference).await.at(reference)? else { return Ok(()) };
        if !pending(&record.state).contains(&Effect::Proof(id.clone())) {
            // Whoever died between commit and send left the next step without a hint.
            return wake(self.queue, &hints(reference, &record.state), Duration::ZERO).await.at(reference);
        }
        let address = crate::ports::store::shipment_address(reference, id);
        let (png, digest) = match self.kept(connection, reference, &record, id).await {
            Err(Unkept::Never(what)) => {
                // Trying again gives the same: a person is told, and no notice leaves without its proof.
                let event = Event::ProofRefused { shipment: id, reason: &what };
                let setting = connection.setting(reference);
                settle(self.orders, Some(record.state), &event, setting, self.clock.now()).await.at(address)?;
                return Ok(());
            }
            Err(Unkept::Failed(error)) => return Err(error),
            Ok(kept) => kept,
        };
        let revision = record.state.shipment(id).map_or(0, |s| s.revision);
        let name = file_name(reference, id, revision);
        let began = self.clock.now();
        let was_kept = record.state.shipment(id).is_some_and(|s| s.proof.is_some());
        let takes_proof = record.state.marketplace.takes_proof();
        let reference_there = match self.uploaded(marketplace, reference, id, (&name, png), takes_proof).await {
            Ok(path) => path,
            Err(Upload::Later(after, error)) => {
                let failed = failure(Call::Proof, &error, Some(id), (began, self.clock.now()));
                let with = connection.setting(reference).with_failed(failed);
                note_failure(self.orders, &record.state, with, self.clock.now()).await;
                let hint = Hint::Proof { shipments: vec![(reference.clone(), id.clone())] };
                return wake(self.queue, &[hint], after).await.at(reference);
            }
            Err(Upload::Refused(error)) => {
                let (reason, now) = (error.finding(), self.clock.now());
                tracing::warn!(order = %reference, shipment = %id, %reason, "the marketplace refused the proof");
                let event = Event::ProofRefused { shipment: id, reason: &reason };
                let failed = failure(Call::Proof, &error, Some(id), (began, now));
                let setting = connection.setting(reference).with_failed(failed);
                settle(self.orders, Some(record.state), &event, setting, now).await.at(address)?;
                return Ok(());
            }
            Err(Upload::Failed(error)) => {
                let failed = failure(Call::Proof, &error, Some(id), (began, self.clock.now()));
                let with = connection.setting(reference).with_failed(failed);
                note_failure(self.orders, &record.state, with, self.clock.now()).await;
                return Err(error).at(address);
            }
            // Kept, but not uploaded: what would be said is said now, the notice itself waits for the upload.
            Err(Upload::DryRun) if was_kept => return Ok(()),
            Err(Upload::DryRun) => {
                let event = Event::ProofStored { shipment: id, digest, reference: None };
                let setting = connection.setting(reference);
                settle(self.orders, Some(record.state), &event, setting, self.clock.now()).await.at(address)?;
                let hint = Hint::Notify { shipments: vec![(reference.clone(), id.clone())] };
                return wake(self.queue, &[hint], Duration::ZERO).await.at(reference);
            }
        };
        let event = Event::ProofStored { shipment: id, digest, reference: reference_there };
        let (uploaded, now) = (matches!(event, Event::ProofStored { reference: Some(_), .. }), self.clock.now());
        let setting = connection.setting(reference);
        let setting = if uploaded { setting.after_call(began, now) } else { setting };
        let after = settle(self.orders, Some(record.state), &event, setting, now).await.at(address)?;
        match after {
            Some(state) => wake(self.queue, &hints(reference, &state), Duration::ZERO).await.at(reference),
            None => Ok(()),
        }
    }

    /// The image that is kept: the one that is there, else the one drawn now.
    async fn kept(
        &self,
        connection: &Connection,
        reference: &OrderRef,
        record: &OrderRecord,
        id: &ShipmentId,
    ) -> Result<(Vec<u8>, Digest), Unkept> {
        let address = || crate::ports::store::shipment_address(reference, id);
        let revision = record.state.shipment(id).map_or(0, |s| s.revision);
        let key = ProofFacts::key_of(reference, id, revision);
        if record.state.shipment(id).is_some_and(|s| s.proof.is_some()) {
            let png = self.vault.read(&key).await.at(address())?.ok_or(Unkept::Never(Finding::MissingProof))?;
            let digest = Digest::of_bytes(&png);
            return Ok((png, digest));
        }
        let order = record.order.as_ref().ok_or(Unkept::Never(Finding::MissingOrder))?;
        let shipment = record.shipments.iter().find(|s| s.id == *id).ok_or(Unkept::Never(Finding::MissingShipment))?;
        let in_force = record.state.in_force(&record.shipments);
        let others: Vec<&Shipment> = in_force.iter().take_while(|s| s.id != *id).filter(|s| !s.voided).collect();
        let facts = proof_facts(reference, order, &others, shipment, &connection.settings)
            .ok_or(Unkept::Never(Finding::MissingAddress))?;
        let png = self.draw.draw(&facts).map_err(|words| Unkept::Never(Finding::Words { words }))?;
        let digest = Digest::of_bytes(&png);
        match self.vault.keep(&key, &png, digest).await.at(address())? {
            Kept::New => Ok((png, digest)),
            Kept::Already => {
                // Somebody stored it and died before the commit. The first one stays, whatever it looks like.
                let png = self.vault.read(&key).await.at(address())?.ok_or(Unkept::Never(Finding::MissingProof))?;
                let digest = Digest::of_bytes(&png);
                Ok((png, digest))
            }
        }
    }

    async fn uploaded(
        &self,
        marketplace: &dyn Marketplace,
        reference: &OrderRef,
        id: &ShipmentId,
        (name, png): (&str, Vec<u8>),
        takes_proof: bool,
    ) -> Result<Option<String>, Upload> {
        // Nothing leaves for a marketplace that takes no proofs.
        if self.dry_run && takes_proof {
            tracing::info!(order = %reference, shipment = %id, file = name, bytes = png.len(), "dry run: the proof would be uploaded");
            return Err(Upload::DryRun);
        }
        marketplace.expect(CallClass::Notice);
        match marketplace.upload_proof(name, png).await {
            Ok(path) => Ok(path),
            Err(error @ CallError::Throttled { after, .. }) => Err(Upload::Later(after, error)),
            Err(error @ CallError::Refused { .. }) => Err(Upload::Refused(error)),
            Err(error) => Err(Upload::Failed(error)),
        }
    }
}

/// Why there is no image.
enum Unkept {
    /// Trying again gives the same.
    Never(Finding),
    Failed(StepError),
}

impl From<StepError> for Unkept {
    fn from(error: StepError) -> Self {
        Self::Failed(error)
    }
}

enum Upload {
    Later(Duration, CallError),
    Refused(CallError),
    Failed(CallError),
    DryRun,
}

/// What the file is called at the marketplace.
#[must_use]
pub fn file_name(reference: &OrderRef, id: &ShipmentId, revision: u32) -> String {
    format!("proof-{}-{}.png", reference.order, ProofFacts::stem(id, revision))
}
