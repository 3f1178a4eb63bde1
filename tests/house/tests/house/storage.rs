//! The table and the proof bucket.

use serde_json::{Value, json};
use tallyman_house::template::{Template, target};

#[test]
fn the_table_is_paid_by_request_recoverable_protected_and_forgets_by_ttl() {
    let template = Template::read();
    let table = template.resource("Table");
    assert_eq!(table.property("BillingMode"), "PAY_PER_REQUEST");
    assert_eq!(table.property("PointInTimeRecoverySpecification")["PointInTimeRecoveryEnabled"], true);
    assert_eq!(*table.property("TimeToLiveSpecification"), json!({"AttributeName": "ttl", "Enabled": true}));
    assert_eq!(template.default_of(table.property("DeletionProtectionEnabled")), "true");
    assert_eq!(table.property("SSESpecification")["SSEEnabled"], true);
    assert_eq!(table.value["DeletionPolicy"], "Retain");
    assert_eq!(template.of_type("AWS::DynamoDB::Table").count(), 1);
}

#[test]
fn the_only_indexes_are_open_days_and_exceptions_and_they_hold_keys_only() {
    let template = Template::read();
    let table = template.resource("Table");
    let indexes = table.property("GlobalSecondaryIndexes").as_array().unwrap();
    let names: Vec<&Value> = indexes.iter().map(|index| &index["IndexName"]).collect();
    assert_eq!(names, ["open", "days", "exceptions"]);
    for index in indexes {
        assert_eq!(index["Projection"]["ProjectionType"], "KEYS_ONLY", "every other projection costs more writes");
    }
    assert!(table.property("LocalSecondaryIndexes").is_null());
}

#[test]
fn a_proof_can_be_neither_replaced_nor_deleted() {
    let template = Template::read();
    let bucket = template.resource("ProofBucket");
    assert_eq!(bucket.property("VersioningConfiguration")["Status"], "Enabled");
    assert_eq!(bucket.property("ObjectLockEnabled"), true);
    let retention = json!({"Mode": "GOVERNANCE", "Days": {"Ref": "ProofRetentionDays"}});
    let lock = json!({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}});
    assert_eq!(*bucket.property("ObjectLockConfiguration"), lock);
    let locked = template.default_of(&retention["Days"]).as_u64().unwrap();
    assert!(locked >= 180, "disputes take that long");
    let rule = &bucket.property("LifecycleConfiguration")["Rules"][0];
    assert!(template.default_of(&rule["ExpirationInDays"]).as_u64().unwrap() > locked);
    for what in ["DeletionPolicy", "UpdateReplacePolicy"] {
        assert_eq!(bucket.value[what], "Retain", "{what}");
    }
}

#[test]
fn the_proof_bucket_is_private_and_encrypted_and_nothing_leaves_it_by_a_side_door() {
    let template = Template::read();
    let bucket = template.resource("ProofBucket");
    let encryption = &bucket.property("BucketEncryption")["ServerSideEncryptionConfiguration"][0];
    assert_eq!(encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256");
    let blocked = bucket.property("PublicAccessBlockConfiguration").as_object().unwrap();
    assert_eq!(blocked.len(), 4);
    assert!(blocked.values().all(|value| *value == json!(true)));
    for door in ["ReplicationConfiguration", "WebsiteConfiguration", "AccessControl", "CorsConfiguration"] {
        assert!(bucket.property(door).is_null(), "{door}");
    }
}

#[test]
fn the_proof_bucket_refuses_whoever_comes_without_tls_or_writes_without_asking_whether_there_is_one() {
    let template = Template::read();
    let policy = template.of_type("AWS::S3::BucketPolicy").next().unwrap();
    assert_eq!(target(policy.property("Bucket")), "ProofBucket");
    let inside = json!({"Fn::Sub": "${ProofBucket.Arn}/*"});
    let statements = json!([
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [{"Fn::GetAtt": ["ProofBucket", "Arn"]}, inside],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Sid": "NeverTwice",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": inside,
            "Condition": {"Null": {"s3:if-none-match": "true"}},
        },
    ]);
    assert_eq!(*policy.property("PolicyDocument"), json!({"Version": "2012-10-17", "Statement": statements}));
}
