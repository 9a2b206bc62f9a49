//! Which functions give another value each time?

/// Whether it gives another value the next time.
pub(super) fn is_volatile(name: &str) -> bool {
    matches!(
        name,
        "random"
            | "rand"
            | "uuid"
            | "gen_random_uuid"
            | "gen_random_bytes"
            | "randomblob"
            | "random_bytes"
            | "nextval"
            | "clock_timestamp"
            | "timeofday"
            | "uuid_generate_v1"
            | "uuid_generate_v4"
            | "uuid_short"
            | "sysdate"
            | "uuidv4"
            | "uuidv7"
            | "setval"
            | "currval"
            | "lastval"
            | "current_setting"
            | "changes"
            | "row_count"
            | "last_insert_id"
    )
}
