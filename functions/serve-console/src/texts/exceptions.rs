//! What the pages of exceptions say.

super::texts! {
    /// Texts of the list of exceptions, of one of them, and of acting on them.
    ExceptionTexts, EXCEPTIONS
    title: "Exceptions", "Ausnahmen";
    lead:
        "Where marketplace and warehouse disagree and a person has to decide. The nearest deadline comes first.",
        "Hier sind sich Marktplatz und Lager uneins, und jemand muss entscheiden. Die nächste Frist steht oben.";
    by_owner: "Exceptions by owner", "Ausnahmen nach Zuständigkeit";
    none: "Nothing is open here.", "Hier ist nichts offen.";
    none_looked_at:
        "None of those looked at fits. Go on to the next page: there are more.",
        "Keine der durchgesehenen passt. Gehen Sie weiter zur nächsten Seite: Es gibt mehr.";
    none_left:
        "None of the less urgent ones fits. The more urgent ones are on the first page.",
        "Keine der weniger dringenden passt. Die dringenderen stehen auf der ersten Seite.";
    kind: "Kind", "Art";
    connection: "Connection", "Verbindung";
    order: "Order", "Bestellung";
    shipment: "Shipment {id}", "Sendung {id}";
    owner: "Owner", "Zuständig";
    assignee: "Assigned to", "Bearbeitet von";
    deadline: "Deadline", "Frist";
    since: "Open since", "Offen seit";
    last_seen: "Last found", "Zuletzt festgestellt";
    found: "Found {count} times", "{count}-mal festgestellt";
    found_once: "Found once", "Einmal festgestellt";
    what: "What happened", "Was ist passiert?";
    to_do: "What to do", "Was ist zu tun?";
    history: "History", "Verlauf";
    no_history: "Nobody has done anything about it yet.", "Bisher hat niemand etwas unternommen.";
    any_kind: "All kinds", "Alle Arten";
    any_connection: "All connections", "Alle Verbindungen";
    anybody: "Anybody", "Beliebig";
    me: "Me", "Ich";
    nobody: "Nobody", "Niemand";
    assigned_nobody: "nobody yet", "noch niemand";
    pick: "Pick", "Auswahl";
    bulk_hint:
        "Choose a kind in the filter to act on several at once.",
        "Wählen Sie im Filter eine Art, um mehrere auf einmal zu bearbeiten.";
    all_on_page: "All on this page", "Alle auf dieser Seite";
    act_on_picked: "With the picked ones", "Mit der Auswahl";
    resolve: "Resolve …", "Erledigen …";
    assign: "Assign …", "Zuweisen …";
    assign_me: "Assign to me", "Mir zuweisen";
    assign_to: "Assign to", "Zuweisen an";
    assign_hint: "A name or e-mail address, at most 60 characters.", "Name oder E-Mail-Adresse, höchstens 60 Zeichen.";
    assign_go: "Assign", "Zuweisen";
    give_back: "Give it back", "Zurückgeben";
    comment: "Comment", "Kommentar";
    comment_hint:
        "For others to read, at most 160 characters. Don't write down personal data of buyers.",
        "Für andere lesbar, höchstens 160 Zeichen. Schreiben Sie keine personenbezogenen Daten von Käufern auf.";
    comment_go: "Add comment", "Kommentieren";

    ask_resolve_one: "Resolve this exception?", "Diese Ausnahme erledigen?";
    ask_resolve: "Resolve {count} exceptions?", "{count} Ausnahmen erledigen?";
    ask_resolve_what:
        "It is closed and stays so as long as the same is found; something new opens it again. Nothing is done at the marketplace or in ShipStation.",
        "Sie gilt als erledigt, solange dasselbe festgestellt wird; etwas Neues öffnet sie wieder. Auf dem Marktplatz und in ShipStation geschieht nichts.";
    ask_assign_one: "Assign this exception", "Diese Ausnahme zuweisen";
    ask_assign: "Assign {count} exceptions", "{count} Ausnahmen zuweisen";
    reason: "Reason", "Begründung";
    reason_hint:
        "How it was dealt with, or why it is none; at most 160 characters. It is kept with your name.",
        "Wie sie gelöst wurde oder warum es keine ist; höchstens 160 Zeichen. Sie wird mit Ihrem Namen aufbewahrt.";
    resolve_go: "Resolve", "Erledigen";
    wrong_reason: "Give a reason of at most 240 Latin letters; other scripts hold fewer.", "Geben Sie eine Begründung mit höchstens 240 lateinischen Zeichen an; in anderen Schriften sind es weniger.";
    wrong_comment: "Write a comment of at most 240 Latin letters; other scripts hold fewer.", "Schreiben Sie einen Kommentar mit höchstens 240 lateinischen Zeichen; in anderen Schriften sind es weniger.";
    wrong_assignee: "Give a name of at most 80 Latin letters.", "Geben Sie einen Namen mit höchstens 80 lateinischen Zeichen an.";
    wrong_none: "Pick at least one exception.", "Wählen Sie mindestens eine Ausnahme aus.";
    wrong_mixed: "Pick exceptions of one kind.", "Wählen Sie Ausnahmen von nur einer Art aus.";

    done_title: "What was done", "Was getan wurde";
    done_all: "All {count} were done.", "Alle {count} wurden bearbeitet.";
    done_some: "{done} of {count} were done. The others are named below; nothing was changed there.", "{done} von {count} wurden bearbeitet. Die übrigen stehen unten; dort wurde nichts geändert.";
    outcome: "Outcome", "Ergebnis";
    was_resolved: "Resolved", "Erledigt";
    was_assigned: "Assigned to {name}", "Zugewiesen an {name}";
    was_given_back: "Given back", "Zurückgegeben";
    was_commented: "Commented", "Kommentiert";
    failed_gone: "Not done: it is no longer open.", "Nicht getan: Sie ist nicht mehr offen.";
    failed_changed: "Not done: it has changed since you looked. Look again.", "Nicht getan: Sie hat sich geändert, seit Sie sie angesehen haben. Sehen Sie noch einmal nach.";
    failed_several:
        "Not done: several shipments of this order have one, and it isn't clear which is meant.",
        "Nicht getan: Mehrere Sendungen dieser Bestellung haben eine, und es ist unklar, welche gemeint ist.";
    failed_store: "Not known to be done: the database does not answer. Repeat it.", "Vermutlich nicht getan: Die Datenbank antwortet nicht. Wiederholen Sie es.";
    to_list: "To the exceptions", "Zu den Ausnahmen";
    resolved_done: "Resolved: {name}.", "Erledigt: {name}.";
    assigned_done: "Assigned: {name}.", "Zugewiesen: {name}.";
    commented_done: "Commented: {name}.", "Kommentiert: {name}.";

    said_opened: "Opened", "Eröffnet";
    said_cleared: "Gone by itself", "Von selbst behoben";
    said_reopened: "Found again", "Erneut festgestellt";
    said_assigned: "Assigned to {name}", "Zugewiesen an {name}";
    said_given_back: "Given back", "Zurückgegeben";
    said_commented: "Comment", "Kommentar";
    said_resolved: "Resolved", "Erledigt";
    by: "by {name}", "von {name}";
    by_tallyman: "by Tallyman", "von Tallyman";
}
