//! What is said on the overview.

super::texts! {
    /// Texts of the overview.
    Overview, OVERVIEW
    title: "Overview", "Übersicht";
    piles: "Where orders stand", "Stand der Bestellungen";
    piles_hint: "Open orders and open exceptions, counted once an hour over the last week.", "Offene Bestellungen und offene Ausnahmen, in der letzten Woche stündlich gezählt.";
    open_exceptions: "Open exceptions", "Offene Ausnahmen";
    counted_now: "Counted just now.", "Gerade eben gezählt.";
    key_of: "These values were measured:", "Diese Werte wurden gemessen:";
    ended: "Shipped and cancelled orders", "Versandte und stornierte Bestellungen";
    ended_hint: "All there ever were, counted once an hour over the last week.", "Alle, die es je gab, in der letzten Woche stündlich gezählt.";
    highest: "highest: {n}", "höchster Wert: {n}";
    at_least: "at least {n}", "mindestens {n}";
    not_looked_at: "none among the most urgent; there may be later ones", "keine unter den dringendsten; spätere kann es geben";
    exceptions_title: "Who has to act", "Wer handeln muss";
    nobody: "Nothing waits for a person.", "Nichts wartet auf eine Person.";
    overdue: "{n} overdue", "{n} überfällig";
    next_deadline: "next deadline", "nächste Frist";
    lag_in: "From purchase to ShipStation", "Vom Kauf bis ShipStation";
    lag_back: "From the label to the confirmed notice", "Vom Label bis zur bestätigten Versandmeldung";
    lag_hint: "Of a sample of the last day: half took no longer than p50, 99 of 100 no longer than p99. What still waits for ShipStation counts with its age so far.", "Stichprobe des letzten Tages: Die Hälfte dauerte höchstens p50, 99 von 100 höchstens p99. Was noch auf ShipStation wartet, zählt mit seinem bisherigen Alter.";
    lag_rows: "The orders behind it", "Die Bestellungen dahinter";
    lags_lead: "The last figures were made of these orders; the slowest come first.", "Aus diesen Bestellungen wurden die letzten Werte ermittelt; die langsamsten stehen oben.";
    lags_none: "There was nothing to measure in the last day.", "Im letzten Tag gab es nichts zu messen.";
    lags_unlisted: "{n} quicker ones are not listed.", "{n} schnellere sind nicht aufgeführt.";
    lags_order: "Order", "Bestellung";
    lags_took: "Took", "Dauer";
    p50: "p50", "p50";
    p99: "p99", "p99";
    healed: "Healed by comparing", "Durch Abgleich geheilt";
    healed_hint: "What the usual way had missed and a run put right. Usually nothing.", "Was der übliche Weg übersah und ein Lauf richtigstellte. Üblicherweise nichts.";
    healed_link: "What was healed", "Was geheilt wurde";
    healed_title: "Healed in the last seven days", "In den letzten sieben Tagen geheilt";
    healed_lead:
        "Each line is something that the usual way had missed. The newest comes first.",
        "Jede Zeile ist etwas, das der übliche Weg übersah. Das Neueste steht oben.";
    healed_none: "Nothing had to be healed.", "Nichts musste geheilt werden.";
    healed_unlisted: "{n} more are not listed.", "{n} weitere sind nicht aufgeführt.";
    healed_what: "What it was about", "Worum es ging";
    healed_how: "How it was healed", "Wie es geheilt wurde";
    how_woken: "Its pending step was woken", "Der ausstehende Schritt wurde angestoßen";
    how_read_again: "The marketplace was asked for it", "Beim Marktplatz nachgefragt";
    how_given_again: "ShipStation was given it again", "ShipStation bekam sie noch einmal";
    how_swept_again: "Its label was looked for again", "Das Label wurde noch einmal gesucht";
    how_read_back: "Its notice is read back again", "Die Versandmeldung wird noch einmal zurückgelesen";
    how_drawn_again: "Its proof is drawn again", "Der Nachweis wird noch einmal gezeichnet";
    how_moved: "A poll or sweep that stood was asked to move", "Ein Einlesen, das stand, wurde angestoßen";
    no_points: "Nothing was measured yet: the first numbers come with the next hour.", "Noch wurde nichts gemessen: Die ersten Zahlen kommen mit der nächsten Stunde.";
    as_table: "As a table", "Als Tabelle";
    time: "Time", "Zeit";
    budgets: "Calls used", "Verbrauchte Aufrufe";
    endings: "Authorisations that end soon", "Berechtigungen, die bald enden";
    no_endings: "None ends within two weeks.", "Keine endet innerhalb von zwei Wochen.";
    needs_reauth: "has to be authorised again", "muss neu berechtigt werden";
    chart_of: "{title}: last value {last}, highest {most}", "{title}: letzter Wert {last}, höchster {most}";
}
