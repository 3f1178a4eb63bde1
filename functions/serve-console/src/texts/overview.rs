//! What is said on the overview.

super::texts! {
    /// Texts of the overview.
    Overview, OVERVIEW
    title: "Overview", "Übersicht";
    piles: "Where orders stand", "Stand der Bestellungen";
    piles_hint: "Open orders, counted once an hour over the last week.", "Offene Bestellungen, in der letzten Woche stündlich gezählt.";
    exceptions_title: "Who has to act", "Wer handeln muss";
    nobody: "Nothing waits for a person.", "Nichts wartet auf eine Person.";
    overdue: "{n} overdue", "{n} überfällig";
    next_deadline: "next deadline", "nächste Frist";
    lag_in: "From purchase to ShipStation", "Vom Kauf bis ShipStation";
    lag_back: "From the label to the confirmed notice", "Vom Label bis zur bestätigten Versandmeldung";
    lag_hint: "Of a sample of the last day: half took no longer than p50, 99 of 100 no longer than p99.", "Stichprobe des letzten Tages: Die Hälfte dauerte höchstens p50, 99 von 100 höchstens p99.";
    lag_rows: "The orders behind it", "Die Bestellungen dahinter";
    p50: "p50", "p50";
    p99: "p99", "p99";
    healed: "Healed by comparing", "Durch Abgleich geheilt";
    healed_hint: "What the usual way had missed and a run put right. Usually nothing.", "Was der übliche Weg übersah und ein Lauf richtigstellte. Üblicherweise nichts.";
    no_points: "Nothing was measured yet: the first numbers come with the next hour.", "Noch wurde nichts gemessen: Die ersten Zahlen kommen mit der nächsten Stunde.";
    as_table: "As a table", "Als Tabelle";
    time: "Time", "Zeit";
    budgets: "Calls used", "Verbrauchte Aufrufe";
    endings: "Authorisations that end soon", "Berechtigungen, die bald enden";
    no_endings: "None ends within two weeks.", "Keine endet innerhalb von zwei Wochen.";
    needs_reauth: "has to be authorised again", "muss neu berechtigt werden";
    chart_of: "{title}: last value {last}, highest {most}", "{title}: letzter Wert {last}, höchster {most}";
}
