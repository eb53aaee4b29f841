//! Imports, their bad lines and their files.

use aws::files;
use domain::import::{Command, File, Import, ImportId, Problem, State};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Stack, line, now};

fn id(seconds: i64) -> ImportId {
    ImportId::new(now() + SignedDuration::from_secs(seconds), "3f9ac1d2e4b5")
}

fn import(seconds: i64) -> Import {
    Import { revision: 1, ..Import::new(id(seconds), Some("2025".to_owned()), now()) }
}

fn problem(line: u64) -> Problem {
    let (kind, id) = (Some("bill".to_owned()), None);
    Problem { schema: 1, line, kind, id, code: "missing".to_owned(), message: "m".to_owned() }
}

#[tokio::test]
async fn who_comes_second_changes_no_import_and_an_echo_is_our_own_write() {
    let Some(Stack { aws, tenant, .. }) = Stack::open().await else { return };
    let table = &aws.table;
    for (seconds, told) in [(0, None), (1, Some(line("import_started")))] {
        let first = import(seconds);
        assert!(table.put_import(&tenant, &first, told.as_ref()).await.unwrap());
        assert!(table.put_import(&tenant, &first, told.as_ref()).await.unwrap(), "an echo");
        assert_eq!(table.import(&tenant, &first.id).await.unwrap(), Some(first.clone()));
        let mut next = first.clone();
        next.obey(Command::Start(File { tag: "t".to_owned(), bytes: 9 }), now()).unwrap();
        next.revision += 1;
        assert!(table.put_import(&tenant, &next, told.as_ref()).await.unwrap());
        let late = Import { name: None, ..next.clone() };
        assert!(!table.put_import(&tenant, &late, told.as_ref()).await.unwrap());
        assert_eq!(table.import(&tenant, &first.id).await.unwrap(), Some(next));
    }
}

#[tokio::test]
async fn imports_are_listed_newest_first_and_bad_lines_in_the_order_of_the_file() {
    let Some(Stack { aws, tenant, .. }) = Stack::open().await else { return };
    let table = &aws.table;
    for seconds in [2, 0, 1] {
        assert!(table.put_import(&tenant, &import(seconds), None).await.unwrap());
    }
    let lines = [1_000_000, 7, 70, 9, 123];
    let problems: Vec<Problem> = lines.iter().map(|line| problem(*line)).collect();
    for _ in 0..2 {
        table.put_import_problems(&tenant, &id(1), &problems, now()).await.unwrap();
    }
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let page = table.imports(&tenant, 2, after.as_ref()).await.unwrap();
        listed.extend(page.imports.into_iter().map(|import| import.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed, [id(2), id(1), id(0)]);
    let (mut numbers, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = table.import_problems(&tenant, &id(1), 2, after).await.unwrap();
        numbers.extend(page.iter().map(|problem| problem.line));
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(numbers, [7, 9, 70, 123, 1_000_000]);
    let (none, _) = table.import_problems(&tenant, &id(0), 9, None).await.unwrap();
    assert_eq!(none, []);
}

#[tokio::test]
async fn an_import_is_missed_while_it_runs_and_nobody_was_heard_of() {
    let Some(Stack { aws, tenant, .. }) = Stack::open().await else { return };
    let table = &aws.table;
    // Before anything that other tests write.
    let long_ago: Timestamp = "1990-01-01T00:00:00Z".parse().unwrap();
    let later = long_ago + SignedDuration::from_secs(1);
    let missed = async |at| {
        let missed = table.imports_missed(at, 99).await.unwrap();
        missed.into_iter().filter(|(whose, _)| *whose == tenant).count()
    };
    let mut import = import(0);
    import.state = State::Importing;
    for (missed_at, at_once, a_second_later) in
        [(None, 0, 0), (Some(long_ago), 0, 1), (Some(later), 0, 0), (None, 0, 0)]
    {
        import.missed_at = missed_at;
        assert!(table.put_import(&tenant, &import, None).await.unwrap());
        assert_eq!(missed(long_ago).await, at_once, "{missed_at:?}");
        assert_eq!(missed(later).await, a_second_later, "{missed_at:?}");
        import.revision += 1;
    }
}

#[tokio::test]
async fn a_file_is_read_in_ranges_as_long_as_it_is_the_one_that_was_begun_with() {
    let Some(Stack { aws, tenant, .. }) = Stack::open().await else { return };
    let files = &aws.files;
    let now = clock();
    assert_eq!(files.find(&tenant, &id(0), now).await.unwrap(), None);
    let file = files.write(&tenant, &id(0), b"0123456789", now).await.unwrap();
    assert_eq!(files.find(&tenant, &id(0), now).await.unwrap(), Some(file.clone()));
    for (offset, length, expected) in [(0, 4, "0123"), (4, 4, "4567"), (8, 4, "89"), (9, 1, "9")] {
        let read = files.read(&tenant, &id(0), &file, offset, length, now).await.unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), expected);
    }
    files.write(&tenant, &id(0), b"9876543210", now).await.unwrap();
    let replaced = files.read(&tenant, &id(0), &file, 0, 4, now).await;
    assert!(matches!(replaced, Err(files::Error::Replaced)), "{replaced:?}");
    for _ in 0..2 {
        files.delete(&tenant, &id(0), now).await.unwrap();
    }
    let missing = files.read(&tenant, &id(0), &file, 0, 4, now).await;
    assert!(matches!(missing, Err(files::Error::Missing)), "{missing:?}");
}

#[tokio::test]
async fn a_client_uploads_a_file_with_nothing_but_its_address() {
    let Some(Stack { aws, tenant, .. }) = Stack::open().await else { return };
    let now = clock();
    let address = aws.files.upload_address(&tenant, &id(0), now).await.unwrap();
    let put = reqwest::Client::new().put(&address).body("a line\n").send().await.unwrap();
    assert_eq!(put.status(), 200);
    let file = aws.files.find(&tenant, &id(0), now).await.unwrap().unwrap();
    assert_eq!(file.bytes, 7);
    let read = aws.files.read(&tenant, &id(0), &file, 0, 99, now).await.unwrap();
    assert_eq!(read, b"a line\n");
    aws.files.delete(&tenant, &id(0), now).await.unwrap();
}

/// S3 looks at the time of a signature.
#[expect(clippy::disallowed_methods, reason = "a signature has to be of this moment")]
fn clock() -> Timestamp {
    Timestamp::now()
}
