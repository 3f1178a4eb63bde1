//! What is said about orders: the list, one order, its timeline, what people do to it.

super::texts! {
    /// Texts of the orders' pages.
    Orders, ORDERS
    title: "Orders", "Bestellungen";
    find: "Find an order", "Bestellung suchen";
    find_hint:
        "Order number, or the beginning of a name (3 letters), SKU or tracking number (6)",
        "Bestellnummer oder der Anfang eines Namens (3 Zeichen), einer SKU oder Sendungsnummer (6)";
    find_hint_viewer:
        "Order number, or the beginning of a SKU or tracking number (6 letters)",
        "Bestellnummer oder der Anfang einer SKU oder Sendungsnummer (6 Zeichen)";
    find_go: "Find", "Suchen";
    found: "{n} found for “{text}”", "{n} gefunden zu „{text}“";
    found_more: "The first {n} for “{text}”; type more to narrow it down", "Die ersten {n} zu „{text}“; geben Sie mehr ein, um einzugrenzen";
    too_short: "Names need three characters; SKUs and tracking numbers six, or all they have.", "Namen brauchen drei Zeichen, SKUs und Sendungsnummern sechs oder alle, die sie haben.";
    found_by: "Found by", "Gefunden über";
    by_number: "order number", "Bestellnummer";
    by_buyer: "buyer", "Käufer";
    by_sku: "SKU", "Artikelnummer (SKU)";
    by_tracking: "tracking number", "Sendungsnummer";
    connection: "Connection", "Verbindung";
    country: "Country", "Land";
    country_hint: "two letters, like DE", "zwei Buchstaben, etwa DE";
    from: "Placed from", "Bestellt von";
    to: "to", "bis";
    wrong_country: "A country has two letters, like DE.", "Ein Land hat zwei Buchstaben, etwa DE.";
    wrong_day: "A day is written 2026-11-20.", "Ein Tag wird 2026-11-20 geschrieben.";
    tabs: "Where orders stand", "Stand der Bestellungen";
    tab_all: "All", "Alle";
    tab_payment: "Awaiting payment", "Zahlung offen";
    tab_shipment: "Awaiting shipment", "Versand offen";
    tab_hold: "On hold", "Angehalten";
    tab_shipped: "Shipped", "Versandt";
    tab_cancelled: "Cancelled", "Storniert";
    tab_attention: "Needs attention", "Braucht Aufmerksamkeit";
    counted_at: "Large numbers were counted at {time}.", "Große Zahlen wurden um {time} gezählt.";
    none: "No orders here.", "Hier sind keine Bestellungen.";
    none_on_page:
        "None of the orders looked at so far fits. Look further back.",
        "Keine der bisher durchgesehenen Bestellungen passt. Suchen Sie weiter zurück.";
    csv: "Download as CSV", "Als CSV herunterladen";
    csv_cut:
        "NOT COMPLETE. This file has {n} orders; those placed before {time} are missing. {why}",
        "NICHT VOLLSTÄNDIG. Diese Datei hat {n} Bestellungen; die vor {time} bestellten fehlen. {why}";
    csv_cut_attention:
        "NOT COMPLETE. This file has the {n} orders with the nearest deadlines; the others are missing. {why}",
        "NICHT VOLLSTÄNDIG. Diese Datei hat die {n} Bestellungen mit den nächsten Fristen; die übrigen fehlen. {why}";
    csv_found:
        "NOT COMPLETE. This file has {n} of the orders that were found: type more, or filter.",
        "NICHT VOLLSTÄNDIG. Diese Datei hat {n} der gefundenen Bestellungen: Geben Sie mehr ein, oder filtern Sie.";
    csv_full:
        "A file takes no more: download the rest with an earlier last day, or choose a tab.",
        "Mehr fasst eine Datei nicht: Laden Sie den Rest mit einem früheren letzten Tag herunter, oder wählen Sie einen Reiter.";
    csv_failed:
        "They could not be read just now: download again in a moment.",
        "Sie waren gerade nicht lesbar: Laden Sie gleich noch einmal herunter.";
    order: "Order", "Bestellung";
    placed: "Placed", "Bestellt";
    paid: "Paid", "Bezahlt";
    buyer: "Buyer", "Käufer";
    goods: "Items", "Artikel";
    goods_more: "and {n} more", "und {n} weitere";
    total: "Total", "Summe";
    ship_by: "Ship by", "Versand bis";
    status: "Status", "Stand";
    mark_proof: "Proof", "Nachweis";
    mark_sent: "Sent", "Gemeldet";
    mark_confirmed: "Confirmed", "Bestätigt";
    mark_yes: "yes", "ja";
    mark_no: "no", "nein";
    mark_of: "{n} of {count}", "{n} von {count}";
    problems: "{n} open", "{n} offen";
    unreadable: "can't be read", "nicht lesbar";

    held: "Held by a person", "Von einer Person angehalten";
    word: "The marketplace says", "Der Marktplatz sagt";
    first_seen: "First seen", "Zuerst gesehen";
    in_shipstation: "In ShipStation", "In ShipStation";
    not_there: "not yet", "noch nicht";
    shipstation_id: "ShipStation order", "ShipStation-Bestellung";
    up_to_date: "as it was given last", "wie zuletzt übergeben";
    to_be_given: "a change is on its way", "eine Änderung ist unterwegs";
    was_refused: "refused", "abgelehnt";
    open_exceptions: "Needs attention", "Braucht Aufmerksamkeit";
    since: "since", "seit";
    marketplace_side: "At the marketplace", "Auf dem Marktplatz";
    warehouse_side: "In the warehouse", "Im Lager";
    ship_to: "Ship to", "Lieferadresse";
    no_ship_to: "The marketplace gives no usable address.", "Der Marktplatz gibt keine brauchbare Adresse.";
    raw: "The answer as the marketplace gave it (kept for 90 days)", "Die Antwort, wie der Marktplatz sie gab (90 Tage aufgehoben)";
    hidden_person: "Hidden from viewers", "Für den Lesezugriff verborgen";
    phone: "Phone", "Telefon";
    email: "E-mail", "E-Mail";
    login: "Login", "Kennung";
    payment: "Payment", "Zahlungsart";
    service_wanted: "Service chosen", "Gewählter Versand";
    buyer_note: "Buyer's note", "Nachricht des Käufers";
    internal_note: "Internal note", "Interne Notiz";
    gift: "Gift message", "Geschenknachricht";
    tax_ids: "Tax identifiers", "Steuernummern";
    lines: "What was ordered", "Was bestellt wurde";
    quantity: "Quantity", "Menge";
    price: "Price", "Preis";
    shipped_quantity: "Shipped", "Versandt";
    shipping: "Shipping", "Versand";
    tax: "Tax", "Steuer";
    parcels: "Parcels", "Sendungen";
    no_parcels: "Nothing has left yet.", "Noch ist nichts unterwegs.";
    parcel: "Parcel {n}", "Sendung {n}";
    voided: "voided", "storniert";
    tracking: "Tracking number", "Sendungsnummer";
    carrier: "Carrier", "Versanddienst";
    service: "Service", "Versandart";
    ship_date: "Shipped on", "Versandt am";
    weight: "Weight", "Gewicht";
    fee: "Carrier's fee", "Versandkosten";
    merged_with: "In one parcel with", "In einer Sendung mit";
    went_to: "Went to another address", "Ging an eine andere Adresse";
    proof: "Proof of shipment", "Versandnachweis";
    proof_alt: "Proof of shipment of parcel {n}", "Versandnachweis zu Sendung {n}";
    proof_digest: "SHA-256 of the image", "SHA-256 des Bildes";
    proof_stored: "Kept since", "Aufbewahrt seit";
    proof_there: "At the marketplace", "Auf dem Marktplatz";
    proof_none: "not drawn yet", "noch nicht gezeichnet";
    notice: "Notice", "Versandmeldung";
    notice_wanted: "to be sent", "noch zu senden";
    notice_attempting: "being sent, or in doubt until it is read back", "wird gesendet oder ist bis zum Zurücklesen ungewiss";
    notice_sent: "sent; to be read back", "gesendet; wird noch zurückgelesen";
    notice_confirmed: "confirmed: the marketplace shows it", "bestätigt: Der Marktplatz zeigt sie";
    notice_parked: "waits for a person", "wartet auf eine Person";
    notice_not_wanted: "not to be sent", "nicht zu senden";
    notice_code: "Sent as service", "Gemeldet als Versandart";
    notice_extent: "Says of the order", "Sagt über die Bestellung";
    extent_all: "all of it has left", "alles ist unterwegs";
    extent_part: "a part of it has left", "ein Teil ist unterwegs";

    timeline: "What happened", "Was geschah";
    timeline_cut: "The middle of a long story is left out.", "Die Mitte einer langen Geschichte fehlt.";
    took: "took {time}", "dauerte {time}";
    failed: "{what}: {how}", "{what}: {how}";
    failed_read: "Asked for the order", "Nach der Bestellung gefragt";
    failed_export: "Asked to take the order", "Übernahme der Bestellung angefragt";
    failed_proof: "Asked to take the proof", "Annahme des Nachweises angefragt";
    failed_notice: "Asked to take the notice", "Annahme der Versandmeldung angefragt";
    failed_read_back: "Asked whether it shows the notice", "Gefragt, ob er die Versandmeldung zeigt";
    failed_answer: "Given the answer to the buyer", "Antwort an den Käufer übergeben";
    how_throttled: "too many calls just now", "gerade zu viele Aufrufe";
    how_unreachable: "not reachable", "nicht erreichbar";
    how_unclear: "no usable answer", "keine brauchbare Antwort";
    how_refused: "refused", "abgelehnt";
    how_unauthorised: "the authorisation isn't accepted", "die Freigabe wird nicht anerkannt";
    how_unreadable: "the answer can't be read", "die Antwort ist nicht lesbar";
    failed_again: "Again, noted {n} times since the first (at most every 15 minutes)", "Wieder, {n}-mal vermerkt seit dem ersten Mal (höchstens alle 15 Minuten)";
    at_marketplace: "Marketplace", "Marktplatz";
    at_shipstation: "ShipStation", "ShipStation";
    at_us: "Tallyman", "Tallyman";
    step_unpaid: "It waits to be paid", "Die Zahlung steht aus";
    step_paid: "It is paid and can be shipped", "Sie ist bezahlt und kann versandt werden";
    step_on_hold: "It is on hold", "Sie ist angehalten";
    step_shipped: "It counts as shipped", "Sie gilt als versandt";
    step_cancelled: "It is cancelled", "Sie ist storniert";
    step_changed: "It was changed", "Sie wurde geändert";
    step_exported: "Took the order", "Hat die Bestellung übernommen";
    step_export_refused: "Refused the order", "Hat die Bestellung abgelehnt";
    step_labelled: "A label was made, or it was marked as shipped", "Ein Label wurde erstellt oder sie wurde als versandt markiert";
    step_label_changed: "The label was changed", "Das Label wurde geändert";
    step_label_voided: "The label was voided", "Das Label wurde storniert";
    step_proof_kept: "The proof was drawn and is kept", "Der Nachweis wurde gezeichnet und wird aufbewahrt";
    step_proof_taken: "Took the proof", "Hat den Nachweis angenommen";
    step_attempted: "The notice is about to be sent", "Die Versandmeldung wird gesendet";
    step_told: "Accepted the notice", "Hat die Versandmeldung angenommen";
    step_shown: "Shows the notice", "Zeigt die Versandmeldung";
    step_parked: "The notice waits for a person", "Die Versandmeldung wartet auf eine Person";
    step_vanished: "The notice surely had no effect", "Die Versandmeldung hatte sicher keine Wirkung";
    step_held: "It is held", "Sie wird angehalten";
    step_released: "It goes on", "Sie läuft weiter";
    exception_opened: "Needs attention: {kind}", "Braucht Aufmerksamkeit: {kind}";
    exception_cleared: "Settled by itself: {kind}", "Von selbst erledigt: {kind}";
    exception_reopened: "Needs attention again: {kind}", "Braucht wieder Aufmerksamkeit: {kind}";
    exception_assigned: "Given to {note}: {kind}", "Übergeben an {note}: {kind}";
    exception_given_back: "Given back: {kind}", "Zurückgegeben: {kind}";
    exception_commented: "{note} ({kind})", "{note} ({kind})";
    exception_resolved: "Resolved: {kind}. {note}", "Erledigt: {kind}. {note}";

    actions: "Actions", "Aktionen";
    sync: "Sync now", "Jetzt abgleichen";
    hold: "Hold", "Anhalten";
    release: "Release", "Freigeben";
    again: "Try again", "Erneut versuchen";
    again_export: "Offer it to ShipStation again", "ShipStation erneut anbieten";
    attach: "Attach a parcel", "Sendung hinzufügen";
    accept: "Accept the cancellation", "Stornierung annehmen";
    refuse: "Refuse the cancellation", "Stornierung ablehnen";
    compare: "Compare both sides now", "Beide Seiten jetzt vergleichen";
    sync_what:
        "The order is read again at the marketplace, and whatever is still to be done is done. Nothing is sent twice.",
        "Die Bestellung wird auf dem Marktplatz neu gelesen, und was noch zu tun ist, wird getan. Nichts wird doppelt gesendet.";
    hold_what:
        "The order is put on hold in ShipStation, and no notice leaves until it is released.",
        "Die Bestellung wird in ShipStation angehalten, und bis zur Freigabe wird nichts gemeldet.";
    release_what:
        "The order goes on as the marketplace has it.",
        "Die Bestellung läuft so weiter, wie der Marktplatz sie führt.";
    again_what:
        "What was refused is tried once more. What may have arrived is never sent twice.",
        "Was abgelehnt wurde, wird noch einmal versucht. Was angekommen sein könnte, wird nie doppelt gesendet.";
    attach_what:
        "For a parcel that left without ShipStation. It gets a proof, and the marketplace is told. In ShipStation the order stays as it is: close it there yourself.",
        "Für eine Sendung, die ohne ShipStation das Haus verließ. Sie bekommt einen Nachweis und wird dem Marktplatz gemeldet. In ShipStation bleibt die Bestellung, wie sie ist: Schließen Sie sie dort selbst ab.";
    accept_what:
        "The order ends at the marketplace and the buyer gets the money back. This can't be undone.",
        "Die Bestellung endet auf dem Marktplatz, und der Käufer bekommt sein Geld zurück. Das lässt sich nicht rückgängig machen.";
    refuse_what:
        "The buyer is told that the order goes on, with your reason in English.",
        "Dem Käufer wird mit Ihrer Begründung auf Englisch mitgeteilt, dass die Bestellung weiterläuft.";
    reason: "Reason", "Begründung";
    reason_hint: "Stands in the order's timeline.", "Steht im Verlauf der Bestellung.";
    wrong_reason: "Say why.", "Nennen Sie den Grund.";
    number_hint: "4 to 60 letters and digits", "4 bis 60 Buchstaben und Ziffern";
    done_sync: "It is being read again. This page shows it in a moment.", "Sie wird neu gelesen. Gleich steht es auf dieser Seite.";
    done_hold: "It is held.", "Sie ist angehalten.";
    done_release: "It is released. It goes on as soon as it was read again.", "Sie ist freigegeben und läuft weiter, sobald sie neu gelesen ist.";
    done_again: "It is tried again.", "Es wird erneut versucht.";
    done_attach: "The parcel is attached. Its proof is drawn next.", "Die Sendung ist hinzugefügt. Als Nächstes wird ihr Nachweis gezeichnet.";
    done_answer: "The buyer has your answer. The order is read again.", "Der Käufer hat Ihre Antwort. Die Bestellung wird neu gelesen.";
    deed_hold: "held it", "hat sie angehalten";
    deed_release: "released it", "hat sie freigegeben";
    deed_sync: "had it read again", "ließ sie neu lesen";
    deed_again: "had it tried again", "ließ es erneut versuchen";
    deed_attach: "attached a parcel", "hat eine Sendung hinzugefügt";
    deed_accept: "accepted the cancellation", "hat die Stornierung angenommen";
    deed_refuse: "refused the cancellation", "hat die Stornierung abgelehnt";

    compare_title: "Both sides of {order}", "Beide Seiten von {order}";
    compare_lead:
        "Read from both services just now. What differs is marked.",
        "Gerade eben bei beiden Diensten gelesen. Was abweicht, ist markiert.";
    compare_what: "What", "Was";
    compare_agree:
        "Both sides agree in status, quantities, and the tracking numbers that the marketplace was told. Names, addresses and prices are not compared.",
        "Beide Seiten stimmen in Stand, Mengen und den gemeldeten Sendungsnummern überein. Namen, Adressen und Preise werden nicht verglichen.";
    compare_agree_but:
        "What can be compared of status, quantities and tracking numbers agrees. The marketplace can't be asked for {n} of the tracking numbers. Names, addresses and prices are not compared.",
        "Was von Stand, Mengen und Sendungsnummern vergleichbar ist, stimmt überein. Nach {n} der Sendungsnummern lässt sich der Marktplatz nicht fragen. Namen, Adressen und Preise werden nicht verglichen.";
    compare_agree_part:
        "Nothing that could be read differs, but not everything could be read.",
        "Nichts Gelesenes weicht ab, aber nicht alles war lesbar.";
    compare_differ_one: "1 difference", "1 Abweichung";
    compare_differ: "{n} differences", "{n} Abweichungen";
    compare_none: "not there", "nicht vorhanden";
    compare_failed: "can't be read now: {why}", "derzeit nicht lesbar: {why}";
    compare_shown: "shown", "wird angezeigt";
    compare_not_shown: "not shown", "wird nicht angezeigt";
    compare_unknowable: "can't be asked", "nicht abfragbar";
    back: "Back to the order", "Zurück zur Bestellung";
}
