//! What all pages share, and what is said about connections and accounts.

super::texts! {
    /// Texts of the frame, of signing in, and of connecting.
    Common, COMMON
    language: "en", "de";
    brand: "Tallyman", "Tallyman";
    skip: "Skip to the content", "Zum Inhalt springen";
    main_menu: "Main", "Hauptmenü";
    signed_in_as: "Signed in as {name}", "Angemeldet als {name}";
    role_viewer: "viewer", "Lesezugriff";
    role_operator: "operator", "Bearbeitung";
    sign_out: "Sign out", "Abmelden";
    cancel: "Cancel", "Abbrechen";

    language_choice: "Language", "Sprache";
    zone_choice: "Time zone", "Zeitzone";
    zone_now: "Times in {zone}", "Zeiten in {zone}";
    preferences_title: "Language and time zone", "Sprache und Zeitzone";
    preferences_lead:
        "Both are kept in this browser. Every time is shown in your zone; point at one to see it in UTC.",
        "Beides merkt sich dieser Browser. Alle Zeiten sehen Sie in Ihrer Zeitzone; zeigen Sie auf eine Zeit, um sie in UTC zu sehen.";
    preferences_go: "Save", "Speichern";
    wrong_zone: "Choose one of the time zones.", "Wählen Sie eine der Zeitzonen.";

    nav_overview: "Overview", "Übersicht";
    nav_orders: "Orders", "Bestellungen";
    nav_exceptions: "Exceptions", "Ausnahmen";
    nav_connections: "Connections", "Verbindungen";
    settings_link: "Settings", "Einstellungen";

    pages: "Pages", "Seiten";
    page_first: "First page", "Erste Seite";
    page_before: "Previous page", "Vorige Seite";
    page_after: "Next page", "Nächste Seite";
    filter: "Filter", "Filtern";
    filter_reset: "Show all", "Alle anzeigen";
    all: "All", "Alle";
    note_hidden: "Note, hidden from viewers", "Notiz, für den Lesezugriff verborgen";
    detail_hidden: "What was found is hidden from viewers.", "Was festgestellt wurde, ist für den Lesezugriff verborgen.";
    time_left: "{time} left", "noch {time}";
    late_by: "{time} late", "seit {time} überfällig";

    sign_in_title: "Sign in", "Anmelden";
    sign_in_lead:
        "Sign in with your organisation's account to see orders, proofs of shipment and the accounts that are connected.",
        "Melden Sie sich mit dem Konto Ihrer Organisation an, um Bestellungen, Versandnachweise und verbundene Konten zu sehen.";
    sign_in_note:
        "A session lasts eight hours. After that you sign in again.",
        "Eine Sitzung dauert acht Stunden. Danach melden Sie sich neu an.";
    signed_out_title: "You are signed out", "Sie sind abgemeldet";
    signed_out_lead:
        "This browser no longer has access. Your organisation's own sign-in may still be open.",
        "Dieser Browser hat keinen Zugriff mehr. Die Anmeldung bei Ihrer Organisation selbst kann noch offen sein.";
    sign_in_again: "Sign in again", "Neu anmelden";

    connections_title: "Connections", "Verbindungen";
    connections_lead:
        "Each connection is one seller at a marketplace, paired with one ShipStation account.",
        "Eine Verbindung ist ein Verkäufer auf einem Marktplatz, gekoppelt mit einem ShipStation-Konto.";
    none_yet: "Nothing is connected yet.", "Noch ist nichts verbunden.";
    first_account:
        "Begin with a ShipStation account; then connect a marketplace to it.",
        "Legen Sie zuerst ein ShipStation-Konto an und verbinden Sie dann einen Marktplatz damit.";
    add_aliexpress: "Connect AliExpress", "AliExpress verbinden";
    add_alibaba: "Connect Alibaba.com", "Alibaba.com verbinden";
    add_account: "Add a ShipStation account", "ShipStation-Konto hinzufügen";
    seller: "Seller", "Verkäufer";
    ships_with: "Ships with", "Versand über";
    ends: "Ends", "Endet";
    last_contact: "Last contact", "Letzter Kontakt";
    never: "never", "noch nie";
    unknown: "not known", "nicht bekannt";
    no_end: "no end is known", "kein Ende bekannt";
    limit_minute: "Calls this minute", "Aufrufe in dieser Minute";
    limit_minute_v2: "Calls this minute to ShipStation V2", "Aufrufe von ShipStation V2 in dieser Minute";
    limit_day: "Calls today (Beijing)", "Aufrufe heute (Peking)";
    limit_numbers: "{used} of {allowed} used, {left} left", "{used} von {allowed} verbraucht, {left} übrig";
    limit_resets: "starts again", "beginnt neu";
    limit_blocked:
        "No call before {time}: the service asked for a pause, or many calls wait.",
        "Kein Aufruf vor {time}: Der Dienst hat um eine Pause gebeten, oder es warten viele Aufrufe.";
    limit_banned: "The service refuses {api} until {time}.", "Der Dienst lehnt {api} bis {time} ab.";
    apps_title: "Marketplace apps", "Apps bei den Marktplätzen";
    app_of: "App of", "App von";
    one_day_left: "1 day left", "noch 1 Tag";
    days_left: "{n} days left", "noch {n} Tage";
    ends_today: "ends today", "endet heute";
    actions: "Actions", "Aktionen";
    connect: "Connect", "Verbinden";
    reconnect: "Reconnect", "Neu verbinden";
    pause: "Pause", "Anhalten";
    resume: "Resume", "Fortsetzen";
    remove: "Remove", "Entfernen";
    change_keys: "Change keys", "Schlüssel ändern";
    shipstation_accounts: "ShipStation accounts", "ShipStation-Konten";
    no_accounts: "No ShipStation account is known yet.", "Noch ist kein ShipStation-Konto bekannt.";

    state_live: "Connected", "Verbunden";
    state_unused: "Not used yet", "Noch nicht verwendet";
    state_silent: "No contact", "Kein Kontakt";
    why_silent:
        "Nothing was read from ShipStation for a while. If it no longer takes the key, change it here; the exceptions and the function's log say more.",
        "Von ShipStation wurde länger nichts gelesen. Wenn es den Schlüssel nicht mehr annimmt, ändern Sie ihn hier; mehr sagen die Ausnahmen und das Protokoll der Funktion.";
    state_paused: "Paused", "Angehalten";
    state_reauth: "Has to be reconnected", "Muss neu verbunden werden";
    state_waiting: "Waiting for authorisation", "Wartet auf Freigabe";
    state_renewing: "Being renewed", "Wird gerade erneuert";
    state_removed: "Removed", "Entfernt";
    why_not_yet:
        "Nobody has authorised it at the marketplace yet.",
        "Auf dem Marktplatz hat noch niemand die Freigabe erteilt.";
    why_refused:
        "The marketplace no longer accepts the authorisation.",
        "Der Marktplatz erkennt die Freigabe nicht mehr an.";
    why_ended:
        "The authorisation ended and can't be renewed.",
        "Die Freigabe ist abgelaufen und kann nicht erneuert werden.";
    why_chosen_end: "The length that was chosen is over.", "Die gewählte Dauer ist vorbei.";
    why_lost:
        "A renewal took effect, but its answer never arrived.",
        "Eine Erneuerung wurde wirksam, aber die Antwort kam nie an.";
    why_another_seller:
        "Its tokens are another seller's, or of one who is connected already, and aren't used.",
        "Die Token gehören einem anderen oder einem schon verbundenen Verkäufer und werden nicht verwendet.";

    connect_title: "Connect {marketplace}", "{marketplace} verbinden";
    connect_lead:
        "You need an app in {marketplace}'s developer console. Its key and secret go here; the seller then gives consent at {marketplace}.",
        "Sie brauchen eine App in der Entwicklerkonsole von {marketplace}. Tragen Sie deren App-Key und App-Secret hier ein; danach erteilt der Verkäufer bei {marketplace} die Freigabe.";
    connect_callback:
        "In the app's settings, enter exactly this address as its callback (redirect) URL:",
        "Tragen Sie in den Einstellungen der App genau diese Adresse als Callback-URL (Redirect-URL) ein:";
    connect_no_account:
        "A marketplace is paired with a ShipStation account. Add one first.",
        "Ein Marktplatz wird mit einem ShipStation-Konto gekoppelt. Legen Sie zuerst eines an.";
    name: "Name", "Name";
    name_hint:
        "Small letters, digits and hyphens, at most 24. It becomes part of every order's key and can't be changed later.",
        "Kleinbuchstaben, Ziffern und Bindestriche, höchstens 24 Zeichen. Der Name wird Teil jeder Bestellkennung und kann später nicht geändert werden.";
    app_key: "App key", "App-Key";
    app_secret: "App secret", "App-Secret";
    app_secret_hint:
        "Kept encrypted, and never shown again.",
        "Wird verschlüsselt aufbewahrt und nie wieder angezeigt.";
    shipstation_account: "ShipStation account", "ShipStation-Konto";
    length: "How long may Tallyman use the authorisation?", "Wie lange darf Tallyman die Freigabe nutzen?";
    length_hint:
        "At the end the connection stops until somebody reconnects it. If {marketplace} allows less, it ends earlier.",
        "Danach ruht die Verbindung, bis jemand sie neu verbindet. Erlaubt {marketplace} weniger, endet sie früher.";
    month_one: "1 month", "1 Monat";
    month_three: "3 months", "3 Monate";
    month_six: "6 months", "6 Monate";
    connect_go: "Continue to {marketplace}", "Weiter zu {marketplace}";

    reconnect_title: "Reconnect {name}", "{name} neu verbinden";
    reconnect_lead:
        "You are sent to {marketplace}. Sign in there as the same seller and give consent again. Until then nothing changes.",
        "Sie werden zu {marketplace} weitergeleitet. Melden Sie sich dort als derselbe Verkäufer an und erteilen Sie die Freigabe erneut. Bis dahin ändert sich nichts.";
    reconnect_expected: "Expected seller: {seller}", "Erwarteter Verkäufer: {seller}";

    connected_done: "{name} is connected.", "{name} ist verbunden.";
    paused_done:
        "{name} is paused. Its orders are neither read nor told of until you resume it.",
        "{name} ist angehalten. Bestellungen werden weder gelesen noch gemeldet, bis Sie die Verbindung fortsetzen.";
    resumed_done: "{name} goes on.", "{name} läuft weiter.";
    removed_done: "{name} is removed.", "{name} ist entfernt.";
    account_done: "ShipStation accepted the keys of {name}.", "ShipStation hat die Schlüssel von {name} angenommen.";

    pause_title: "Pause {name}?", "{name} anhalten?";
    pause_what:
        "Until somebody resumes it, orders are not read, proofs are not drawn, and shipments are not told to {marketplace}.",
        "Bis jemand die Verbindung fortsetzt, werden Bestellungen nicht gelesen, Nachweise nicht gezeichnet und Sendungen {marketplace} nicht gemeldet.";
    pause_keeps:
        "What arrives meanwhile stays pending and is done afterwards. Deadlines at {marketplace} go on.",
        "Was inzwischen ankommt, bleibt liegen und wird danach erledigt. Fristen bei {marketplace} laufen weiter.";
    pause_go: "Pause {name}", "{name} anhalten";
    resume_title: "Resume {name}?", "{name} fortsetzen?";
    resume_what:
        "Orders are read again, and shipments that waited are told to {marketplace}.",
        "Bestellungen werden wieder gelesen, und wartende Sendungen werden {marketplace} gemeldet.";
    resume_keeps: "Nothing is sent twice.", "Nichts wird doppelt gesendet.";
    resume_go: "Resume {name}", "{name} fortsetzen";

    remove_title: "Remove {name}?", "{name} entfernen?";
    remove_what:
        "Its keys and tokens are deleted here at once. Orders are no longer read, and shipments are no longer told to {marketplace}.",
        "Zugangsdaten und Tokens werden hier sofort gelöscht. Bestellungen werden nicht mehr gelesen, und Sendungen werden {marketplace} nicht mehr gemeldet.";
    remove_keeps:
        "Orders and proofs that are stored stay. Nothing changes at {marketplace} or at ShipStation. You can connect the same seller again later, under the same name.",
        "Gespeicherte Bestellungen und Nachweise bleiben erhalten. Bei {marketplace} und bei ShipStation ändert sich nichts. Sie können denselben Verkäufer später unter demselben Namen wieder verbinden.";
    remove_go: "Remove {name}", "{name} entfernen";

    account_title: "Add a ShipStation account", "ShipStation-Konto hinzufügen";
    account_keys_title: "Change the keys of {name}", "Schlüssel von {name} ändern";
    account_lead:
        "In ShipStation, open Settings, Account, API Settings, and copy the V1 API key and secret. They are checked with one real call before anything is stored.",
        "Öffnen Sie in ShipStation „Settings“, „Account“, „API Settings“ und kopieren Sie API-Key und API-Secret (V1). Beides wird mit einem echten Aufruf geprüft, bevor etwas gespeichert wird.";
    account_name_hint:
        "Small letters, digits and hyphens, at most 24. It can't be changed later.",
        "Kleinbuchstaben, Ziffern und Bindestriche, höchstens 24 Zeichen. Der Name kann später nicht geändert werden.";
    api_key: "API key", "API-Key";
    api_secret: "API secret", "API-Secret";
    account_go: "Check and store", "Prüfen und speichern";

    wrong_title: "Something has to be corrected", "Etwas muss berichtigt werden";
    wrong_name:
        "Use 1 to 24 small letters, digits or hyphens.",
        "Verwenden Sie 1 bis 24 Kleinbuchstaben, Ziffern oder Bindestriche.";
    wrong_name_taken: "This name is already in use.", "Dieser Name ist schon vergeben.";
    wrong_empty: "This is needed.", "Diese Angabe wird gebraucht.";
    wrong_long: "This is too long.", "Das ist zu lang.";
    wrong_account: "Choose one of the ShipStation accounts.", "Wählen Sie eines der ShipStation-Konten.";
    wrong_length: "Choose 1, 3 or 6 months.", "Wählen Sie 1, 3 oder 6 Monate.";
    wrong_keys_refused:
        "ShipStation refused this key and secret. Nothing was stored. Copy both again from ShipStation's API settings; a key that was made anew ends the old one.",
        "ShipStation hat API-Key und API-Secret abgelehnt. Es wurde nichts gespeichert. Kopieren Sie beides noch einmal aus den API-Einstellungen von ShipStation; ein neu erzeugter Schlüssel macht den alten ungültig.";
    wrong_keys_down:
        "ShipStation could not be asked just now, so nothing was stored. Try again in a minute.",
        "ShipStation konnte gerade nicht gefragt werden, deshalb wurde nichts gespeichert. Versuchen Sie es in einer Minute noch einmal.";

    problem_happened: "What happened", "Was ist passiert?";
    problem_changed: "What was changed", "Was wurde geändert?";
    problem_next: "What to do next", "Was können Sie tun?";
    back_to_connections: "To the connections", "Zu den Verbindungen";
}
