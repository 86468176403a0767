use super::*;

fn slo(name: &str, target: &str) -> String {
    let query = |query: &str| format!("{{metricSource: {{spec: {{query: '{query}'}}}}}}");
    format!(
        "---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: {name}}}\nspec:\n  service: s\n  budgetingMethod: Occurrences\n  \
         timeWindow: [{{duration: 30d, isRolling: true}}]\n  objectives: [{{target: {target}}}]\n  alertPolicies: [fast]\n  \
         indicator: {{metadata: {{name: i}}, spec: {{ratioMetric: {{counter: true, good: {}, total: {}}}}}}}\n",
        query("sum(a{b=\"c\"})"),
        query("sum(a)")
    )
}

const POLICY: &str = "apiVersion: openslo/v1\nkind: AlertPolicy\nmetadata: {name: fast}\nspec: {alertWhenBreaching: true, conditions: [{kind: AlertCondition, metadata: {name: c}, spec: {severity: page, condition: {kind: burnrate, threshold: 2, lookbackWindow: 1h, alertAfter: 0m}}}], notificationTargets: [{kind: AlertNotificationTarget, metadata: {name: t}, spec: {target: email}}]}\n";
const RULE: &str = "groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn path(&self) -> Vec<PathBuf> {
        vec![self.0.path().to_owned()]
    }
}

/// Each objective with its target, each rule group with its number of rules, the policy's users, and the broken files:
/// `+` for one that is kept.
fn said(definitions: &Definitions) -> String {
    let slos = definitions.slos.iter().map(|slo| format!("{} {}", slo.key, slo.target.ratio()));
    let groups = definitions.groups.iter().map(|group| format!("{} {}", group.name, group.rules.len()));
    let policies =
        definitions.alert_policies.iter().map(|policy| format!("{} {:?}", policy.name, policy.slos));
    let broken = definitions.broken.iter().map(|broken| {
        let file = broken.file.rsplit('/').next().unwrap_or_default();
        format!("{}{file}", if broken.kept { "+" } else { "-" })
    });
    let mut all: Vec<String> = slos.chain(groups).chain(policies).chain(broken).collect();
    all.sort();
    all.join(", ")
}

#[test]
fn one_file_with_an_error_does_not_silence_the_others() {
    let folder = Folder::new(&[
        ("a.yaml", &slo("a", "0.9")),
        ("b.yaml", "kind: [unfinished"),
        ("c.yaml", "apiVersion: v1\nkind: ConfigMap\n"),
        ("p.yaml", POLICY),
        ("r.yaml", RULE),
    ]);
    let read = Definitions::read(&folder.path(), false).unwrap();
    assert_eq!(said(&read), "-b.yaml, -c.yaml, a 0.9, fast [\"a\"], g 1");
    assert!(read.findings.contains("b.yaml:1:") && read.findings.contains("c.yaml:1:"), "{}", read.findings);
    assert!(read.broken[0].to_string().starts_with("line 1: "), "{}", read.broken[0]);
    let refused = Definitions::read(&folder.path(), true).unwrap_err();
    assert_eq!(refused, read.findings);
    folder.write("a.yaml", "nothing of it");
    folder.write("r.yaml", "groups: [");
    assert!(Definitions::read(&folder.path(), false).is_err(), "nothing is left");
}

#[test]
fn the_last_good_version_of_a_file_stays_in_force() {
    let first = slo("a1", "0.9") + &slo("a2", "0.9");
    let folder = Folder::new(&[
        ("a.yaml", &first),
        ("b.yaml", &slo("b", "0.9")),
        ("p.yaml", POLICY),
        ("r.yaml", RULE),
        ("never.yaml", "- never\n"),
    ]);
    let mut read = Definitions::read(&folder.path(), false).unwrap();
    let mut again = |want: &str| {
        read = Definitions::read_again(&folder.path(), false, &read).unwrap();
        assert_eq!(said(&read), want);
    };
    // One of two objectives has an error: neither is taken; the other file is.
    folder.write("a.yaml", &(slo("a1", "0.8") + &slo("a2", "80")));
    folder.write("b.yaml", &slo("b", "0.8"));
    folder.write("r.yaml", "groups: [{name: g, rules: [{alert: A, expr: 'up =='}, {alert: B, expr: up}]}]\n");
    let kept = "+a.yaml, +r.yaml, -never.yaml, a1 0.9, a2 0.9, b 0.8, fast [\"a1\", \"a2\", \"b\"], g 1";
    again(&kept.replace("fast", "fast [\"a1\", \"a2\"], fast").replace("[\"a1\", \"a2\", \"b\"]", "[\"b\"]"));
    // The second bad version does not replace the last good one either.
    folder.write("a.yaml", "not even [");
    again(&kept.replace("fast", "fast [\"a1\", \"a2\"], fast").replace("[\"a1\", \"a2\", \"b\"]", "[\"b\"]"));
    // A policy goes with its file, and what refers to it stays as it was.
    folder.write("p.yaml", "[");
    folder.write("r.yaml", RULE);
    folder.write("a.yaml", &slo("a1", "0.7"));
    again(
        "+a.yaml, +b.yaml, +p.yaml, -never.yaml, a1 0.9, a2 0.9, b 0.8, fast [\"a1\", \"a2\"], fast [\"b\"], g 1",
    );
    // An objective that moved is what it is in its new file.
    folder.write("p.yaml", POLICY);
    folder.write("a.yaml", "[");
    folder.write("b.yaml", &(slo("b", "0.6") + &slo("a1", "0.6")));
    folder.write("never.yaml", &slo("never", "0.6"));
    again("+a.yaml, a1 0.6, a2 0.9, b 0.6, fast [\"a2\"], fast [\"b\", \"a1\", \"never\"], g 1, never 0.6");
    // What is gone is gone.
    std::fs::remove_file(folder.0.path().join("a.yaml")).unwrap();
    std::fs::remove_file(folder.0.path().join("r.yaml")).unwrap();
    again("a1 0.6, b 0.6, fast [\"b\", \"a1\", \"never\"], never 0.6");
    // A folder that cannot be found is a mistake, not the end of everything.
    let nowhere = vec![folder.0.path().join("nowhere")];
    let moved = Definitions::read_again(&nowhere, false, &read).unwrap_err();
    assert!(moved.contains("nowhere"), "{moved}");
    for file in ["b.yaml", "p.yaml", "never.yaml"] {
        std::fs::remove_file(folder.0.path().join(file)).unwrap();
    }
    let emptied = Definitions::read_again(&folder.path(), false, &read).unwrap();
    assert_eq!((emptied.slos.len(), emptied.broken.len(), emptied.broken[0].kept), (3, 1, true));
    assert!(Definitions::read_again(&folder.path(), true, &read).is_err());
}
