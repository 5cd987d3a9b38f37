use super::*;

/// A pod around some lines of its spec.
fn pods(cases: &[&str]) -> String {
    messages(cases.iter().map(|spec| {
        let containers = if spec.contains("containers:") && !spec.contains("initContainers") {
            ""
        } else {
            "  containers: [{name: c, image: i}]\n"
        };
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, labels: {{app: x}}}}\nspec:\n{containers}  {}\n",
            spec.trim().replace('\n', "\n  ")
        )
    }))
}

/// WL-J25: the same for every kind with a template.
#[test]
fn wl_p1_to_p9_containers() {
    expect![[r#"
        x.yaml:5:15: error: required value: a pod has at least one container @ spec.containers
        x.yaml:5:16: error: required value: every container needs a name @ spec.containers[0].name
        x.yaml:5:23: error: invalid value: "A_b": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc') @ spec.containers[0].name
        x.yaml:5:44: error: duplicate value: "c" @ spec.containers[1].name
        x.yaml:6:27: error: duplicate value: "c" @ spec.initContainers[0].name
        x.yaml:5:16: error: required value: every container needs an image @ spec.containers[0].image
        x.yaml:5:33: error: invalid value: " i": must not have leading or trailing whitespace @ spec.containers[0].image
        x.yaml:5:53: error: unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never" @ spec.containers[0].imagePullPolicy
        x.yaml:5:60: error: required value: a number from 1 to 65535 @ spec.containers[0].ports[0].containerPort
        x.yaml:5:80: error: invalid value: 70000: must be between 1 and 65535, inclusive @ spec.containers[0].ports[1].containerPort
        x.yaml:5:97: error: invalid value: -1: must be between 1 and 65535, inclusive @ spec.containers[0].ports[1].hostPort
        x.yaml:5:111: error: unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP" @ spec.containers[0].ports[1].protocol
        x.yaml:5:123: error: invalid value: "X": must contain at least one letter (a-z) @ spec.containers[0].ports[1].name
        x.yaml:5:123: error: invalid value: "X": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-) @ spec.containers[0].ports[1].name
        x.yaml:5:98: error: duplicate value: "a" @ spec.containers[0].ports[1].name
        x.yaml:5:137: error: duplicate value: "TCP//80" @ spec.containers[1].ports[0].hostPort
        x.yaml:6:73: error: invalid value: 2: must match `containerPort` when `hostNetwork` is true @ spec.containers[0].ports[0].hostPort
        x.yaml:5:64: error: invalid value: "gpu": must be a standard resource for containers @ spec.containers[0].resources.requests.gpu — the standard ones are cpu, memory, ephemeral-storage and hugepages-<size>; others need a domain, as in example.com/device
        x.yaml:5:74: error: invalid value: "cores": must be a standard resource for containers @ spec.containers[0].resources.requests.cores — the standard ones are cpu, memory, ephemeral-storage and hugepages-<size>; others need a domain, as in example.com/device
        x.yaml:5:67: error: invalid value: "4GB": unable to parse quantity's suffix: known are n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei and exponents such as e3 @ spec.containers[0].resources.requests.memory — did you mean 4G?
        x.yaml:5:87: error: invalid value: "1x": unable to parse quantity's suffix: known are n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei and exponents such as e3 @ spec.containers[0].resources.limits.cpu
        x.yaml:5:99: error: invalid value: "512mi": unable to parse quantity's suffix: known are n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei and exponents such as e3 @ spec.containers[0].resources.limits.memory — did you mean 512Mi?
        x.yaml:5:64: error: invalid value: "-1": must be greater than or equal to 0 @ spec.containers[0].resources.requests.cpu
        x.yaml:5:64: error: invalid value: "2": must be less than or equal to cpu limit of 1 @ spec.containers[0].resources.requests.cpu
        x.yaml:5:47: error: required value: Limit must be set for non overcommitable resources @ spec.containers[0].resources.limits
        x.yaml:5:75: error: invalid value: "1": must be equal to nvidia.com/gpu limit of 2 @ spec.containers[0].resources.requests[nvidia.com/gpu]
        x.yaml:5:73: error: invalid value: "500m": must be an integer @ spec.containers[0].resources.limits[nvidia.com/gpu]
        x.yaml:5:47: error: forbidden: HugePages require cpu or memory @ spec.containers[0].resources
        fine
        x.yaml:5:67: error: invalid value: the quantity is too large @ spec.containers[0].resources.requests.memory
        x.yaml:5:58: error: not found: "data" @ spec.containers[0].volumeMounts[0].name
        x.yaml:6:48: error: duplicate value: "data" @ spec.volumes[1].name
    "#]].assert_eq(&pods(&[
        "containers: []",
        "containers: [{image: i}]",
        "containers: [{name: A_b, image: i}]",
        "containers: [{name: c, image: i}, {name: c, image: i}]",
        "initContainers: [{name: c, image: i}]",
        "containers: [{name: c}]",
        "containers: [{name: c, image: ' i'}]",
        "containers: [{name: c, image: i, imagePullPolicy: Sometimes}]",
        "containers: [{name: c, image: i, ports: [{containerPort: 0}, {containerPort: 70000, hostPort: -1, protocol: HTTP, name: X}]}]",
        "containers: [{name: c, image: i, ports: [{containerPort: 1, name: a}, {containerPort: 2, name: a}]}]",
        "containers: [{name: c, image: i, ports: [{containerPort: 1, hostPort: 80}]}, {name: d, image: i, ports: [{containerPort: 2, hostPort: 80}, {containerPort: 3, hostPort: 80, protocol: UDP}]}]",
        "hostNetwork: true\ncontainers: [{name: c, image: i, ports: [{containerPort: 1, hostPort: 2}]}]",
        "containers: [{name: c, image: i, resources: {requests: {gpu: 1, cores: 2}}}]",
        "containers: [{name: c, image: i, resources: {requests: {memory: 4GB}, limits: {cpu: 1x, memory: 512mi}}}]",
        "containers: [{name: c, image: i, resources: {requests: {cpu: -1}}}]",
        "containers: [{name: c, image: i, resources: {requests: {cpu: 2}, limits: {cpu: 1}}}]",
        "containers: [{name: c, image: i, resources: {requests: {nvidia.com/gpu: 1}}}]",
        "containers: [{name: c, image: i, resources: {requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}}}]",
        "containers: [{name: c, image: i, resources: {limits: {nvidia.com/gpu: 500m}}}]",
        "containers: [{name: c, image: i, resources: {limits: {hugepages-2Mi: 4Mi}}}]",
        "containers: [{name: c, image: i, resources: {limits: {hugepages-2Mi: 4Mi, cpu: 1, nvidia.com/gpu: 2}, requests: {cpu: 100m, memory: 1e9, ephemeral-storage: 1Gi}}}]",
        "containers: [{name: c, image: i, resources: {requests: {memory: 99Ei}}}]",
        "containers: [{name: c, image: i, volumeMounts: [{name: data, mountPath: /data}]}]",
        "volumes: [{name: data, emptyDir: {}}, {name: data}]",
    ]));
}

#[test]
fn wl_p10_to_p16_probes_and_policies() {
    expect![[r#"
        x.yaml:5:51: error: required value: must specify a handler type @ spec.containers[0].livenessProbe — a probe has one of exec, httpGet, tcpSocket and grpc
        x.yaml:5:83: error: forbidden: may not specify more than 1 handler type @ spec.containers[0].livenessProbe.httpGet
        x.yaml:5:92: error: invalid value: 2: must be 1 @ spec.containers[0].livenessProbe.successThreshold
        x.yaml:5:116: error: invalid value: -1: must be greater than or equal to 0 @ spec.containers[0].livenessProbe.initialDelaySeconds
        x.yaml:5:127: error: invalid value: 5: must not be set for readinessProbes @ spec.containers[0].readinessProbe.terminationGracePeriodSeconds
        x.yaml:6:56: error: forbidden: may not be set for init containers without restartPolicy=Always @ spec.initContainers[0].readinessProbe
        x.yaml:6:91: error: forbidden: may not be set for init containers without restartPolicy=Always @ spec.initContainers[0].lifecycle
        fine
        x.yaml:5:51: error: unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure" @ spec.containers[0].restartPolicy
        x.yaml:5:16: error: required value: must specify restartPolicy when restart rules are used @ spec.containers[0].restartPolicy
        x.yaml:5:79: error: required value: must be specified @ spec.containers[0].restartPolicyRules[0].exitCodes
        x.yaml:5:88: error: unsupported value: "Stop": supported values: "Restart", "RestartAllContainers" @ spec.containers[0].restartPolicyRules[0].action
        x.yaml:6:18: error: unsupported value: "never": supported values: "Always", "OnFailure", "Never" @ spec.restartPolicy — did you mean Never?
        x.yaml:6:26: error: invalid value: 0: must be between 1 and 2147483647, inclusive @ spec.activeDeadlineSeconds
        x.yaml:6:26: error: invalid value: 2147483648: must be between 1 and 2147483647, inclusive @ spec.activeDeadlineSeconds
        fine
        x.yaml:6:25: error: invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc') @ spec.nodeSelector[a b]
        x.yaml:6:34: error: invalid value: "-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue', or 'my_value', or '12345') @ spec.nodeSelector.disk
        x.yaml:6:13: error: invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc') @ spec.hostname
        x.yaml:7:14: error: invalid value: "b.c": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc') @ spec.subdomain
        x.yaml:8:13: error: invalid value: "n_1": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') @ spec.nodeName
        x.yaml:9:22: error: invalid value: "X": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') @ spec.priorityClassName
        x.yaml:10:23: error: invalid value: "-a": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') @ spec.serviceAccountName
        x.yaml:6:24: error: forbidden: cannot be set on create @ spec.ephemeralContainers
        x.yaml:6:18: warning: the scheduler `mine` is not simulated: the default scheduler takes its place @ spec.schedulerName
        x.yaml:6:14: error: unsupported value: "cluster": supported values: "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None" @ spec.dnsPolicy
        x.yaml:6:21: error: unsupported value: "never": supported values: "Never", "PreemptLowerPriority" @ spec.preemptionPolicy — did you mean Never?
    "#]].assert_eq(&pods(&[
        "containers: [{name: c, image: i, livenessProbe: {periodSeconds: 5}}]",
        "containers: [{name: c, image: i, livenessProbe: {exec: {command: [x]}, httpGet: {port: 80}}}]",
        "containers: [{name: c, image: i, livenessProbe: {exec: {command: [x]}, successThreshold: 2, initialDelaySeconds: -1}}]",
        "containers: [{name: c, image: i, readinessProbe: {exec: {command: [x]}, successThreshold: 2, terminationGracePeriodSeconds: 5}}]",
        "initContainers: [{name: d, image: i, readinessProbe: {exec: {command: [x]}}, lifecycle: {}}]",
        "initContainers: [{name: d, image: i, restartPolicy: Always, readinessProbe: {exec: {command: [x]}}}]",
        "containers: [{name: c, image: i, restartPolicy: Sometimes}]",
        "containers: [{name: c, image: i, restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]}]",
        "containers: [{name: c, image: i, restartPolicy: Never, restartPolicyRules: [{action: Stop}]}]",
        "restartPolicy: never",
        "activeDeadlineSeconds: 0",
        "activeDeadlineSeconds: 2147483648",
        "terminationGracePeriodSeconds: -5",
        "nodeSelector: {'a b': x, disk: '-'}",
        "hostname: A\nsubdomain: b.c\nnodeName: n_1\npriorityClassName: X\nserviceAccountName: -a",
        "ephemeralContainers: [{name: e, image: i}]",
        "schedulerName: mine",
        "dnsPolicy: cluster",
        "preemptionPolicy: never",
    ]));
}

#[test]
fn wl_p17_tolerations() {
    expect![[r#"
        x.yaml:6:23: error: invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc') @ spec.tolerations[0].key
        x.yaml:6:28: error: invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys" @ spec.tolerations[0].operator
        x.yaml:6:36: error: invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys" @ spec.tolerations[1].operator
        x.yaml:6:36: error: invalid value: "x": value must be empty when `operator` is 'Exists' @ spec.tolerations[0].operator
        x.yaml:6:74: error: invalid value: "NoSchedule": effect must be 'NoExecute' when `tolerationSeconds` is set @ spec.tolerations[0].effect
        x.yaml:6:36: error: unsupported value: "Lt": supported values: "Equal", "Exists" @ spec.tolerations[0].operator
        x.yaml:6:52: error: unsupported value: "NoWay": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute" @ spec.tolerations[0].effect
        fine
    "#]].assert_eq(&pods(&[
        "tolerations: [{key: 'a b', operator: Exists}]",
        "tolerations: [{operator: Equal}, {}]",
        "tolerations: [{key: a, operator: Exists, value: x}]",
        "tolerations: [{key: a, operator: Exists, tolerationSeconds: 5, effect: NoSchedule}]",
        "tolerations: [{key: a, operator: Lt, value: '5'}]",
        "tolerations: [{key: a, operator: Exists, effect: NoWay}]",
        "tolerations: [{operator: Exists}, {key: a, value: b, effect: NoExecute, tolerationSeconds: 0}]",
    ]));
}

#[test]
fn wl_p18_and_p19_spread_and_affinity() {
    let affinity = |text: &str| format!("affinity: {text}");
    let node = |term: &str| {
        affinity(&format!(
            "{{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: {term}}}}}}}"
        ))
    };
    let spread = |text: &str| format!("topologySpreadConstraints: [{text}]");
    let good = "maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: x}}";
    let cases = [
        spread("{maxSkew: 0, whenUnsatisfiable: Never}"),
        spread(&format!("{{{good}}}, {{{good}}}")),
        spread("{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, minDomains: 0}"),
        spread(
            "{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, matchLabelKeys: [app]}",
        ),
        spread(&format!(
            "{{{good}, matchLabelKeys: [app, pod-template-hash], nodeTaintsPolicy: Maybe}}"
        )),
        node("[]"),
        node(
            "[{matchExpressions: [{key: a, operator: in, values: [x]}, {key: b, operator: In}, {key: c, operator: Gt, values: ['1', '2']}, {key: d, operator: Exists, values: [x]}]}]",
        ),
        node(
            "[{matchFields: [{key: metadata.uid, operator: In, values: [x]}, {key: metadata.name, operator: Exists}]}]",
        ),
        affinity(
            "{nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 0, preference: {}}]}}",
        ),
        affinity(
            "{podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchExpressions: [{key: a, operator: Is}]}}]}}",
        ),
        affinity(
            "{podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 101, podAffinityTerm: {topologyKey: zone, namespaceSelector: {matchLabels: {a: b}}}}]}}",
        ),
        affinity(
            "{podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, podAffinityTerm: {topologyKey: zone, namespaceSelector: {}, labelSelector: {}}}]}}",
        ),
    ];
    let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
    expect![[r#"
        x.yaml:6:31: error: required value: can not be empty @ spec.topologySpreadConstraints[0].topologyKey
        x.yaml:6:41: error: invalid value: 0: must be greater than zero @ spec.topologySpreadConstraints[0].maxSkew
        x.yaml:6:63: error: unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway" @ spec.topologySpreadConstraints[0].whenUnsatisfiable
        x.yaml:6:164: error: duplicate value: "{zone, DoNotSchedule}" @ spec.topologySpreadConstraints[1].topologyKey
        x.yaml:6:110: error: invalid value: 0: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway @ spec.topologySpreadConstraints[0].minDomains
        x.yaml:6:110: error: invalid value: 0: must be greater than zero @ spec.topologySpreadConstraints[0].minDomains
        x.yaml:6:114: error: forbidden: must not be specified when labelSelector is not set @ spec.topologySpreadConstraints[0].matchLabelKeys
        x.yaml:6:159: warning: the pod template has no label `pod-template-hash`: the key has no effect, and labels that controllers add do not count here @ spec.topologySpreadConstraints[0].matchLabelKeys[1]
        x.yaml:6:197: error: unsupported value: "Maybe": supported values: "Honor", "Ignore" @ spec.topologySpreadConstraints[0].nodeTaintsPolicy
        x.yaml:6:97: error: required value: must have at least one node selector term @ spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms
        x.yaml:6:137: error: invalid value: "in": not a valid selector operator @ spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator — the operators are In, NotIn, Exists, DoesNotExist, Gt and Lt
        x.yaml:6:155: error: required value: must be specified when `operator` is 'In' or 'NotIn' @ spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[1].values
        x.yaml:6:210: error: required value: must be specified single value when `operator` is 'Lt' or 'Gt' @ spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[2].values
        x.yaml:6:258: error: forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist' @ spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[3].values
        x.yaml:6:119: error: invalid value: "metadata.uid": not a valid field selector key @ spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key — the only field is metadata.name
        x.yaml:6:192: error: invalid value: "Exists": not a valid selector operator @ spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[1].operator — fields are compared with In and NotIn
        x.yaml:6:88: error: invalid value: 0: must be in the range 1-100 @ spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight
        x.yaml:6:77: error: required value: can not be empty @ spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey
        x.yaml:6:132: error: invalid value: "Is": not a valid selector operator @ spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions[0].operator — the operators are In, NotIn, Exists and DoesNotExist
        x.yaml:6:91: error: invalid value: 101: must be in the range 1-100 @ spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight
        x.yaml:6:152: warning: counts as every namespace: of their labels only kubernetes.io/metadata.name is known here, with In @ spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.namespaceSelector
        fine
    "#]].assert_eq(&pods(&cases));
}

#[test]
fn wl_p23_labels_and_names() {
    let text = |metadata: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{{metadata}}}\nspec: {{containers: [{{name: c, image: i}}]}}\n"
        )
    };
    expect![[r#"
        x.yaml:3:18: error: invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') @ metadata.name
        x.yaml:3:11: error: required value: every object needs a name @ metadata.name
        x.yaml:3:11: error: required value: an object cannot be applied under a generated name @ metadata.name — give it a name of its own in place of generateName
        x.yaml:3:32: error: invalid value: "a.b": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc') @ metadata.namespace
        x.yaml:3:37: error: invalid value: "a/b/c": a valid label key must consist of a name with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName'); name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character @ metadata.labels[a/b/c]
        x.yaml:3:43: error: invalid value: "f g": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue', or 'my_value', or '12345') @ metadata.labels.e
        x.yaml:3:39: error: expected text, found the number `1.10` @ metadata.labels.version — to make it text, write "1.10"
        x.yaml:3:42: error: invalid value: "x y": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc') @ metadata.annotations[x y]
        x.yaml:3:34: error: too long: may not be more than 262144 bytes @ metadata.annotations
    "#]].assert_eq(&messages([
        text("name: A"),
        text("namespace: x"),
        text("generateName: x-"),
        text("name: a, namespace: a.b"),
        text("name: a, labels: {a/b/c: d, e: 'f g'}"),
        text("name: a, labels: {version: 1.10}"),
        text("name: a, annotations: {'x y': z}"),
        text(&format!("name: a, annotations: {{x: {}}}", "z".repeat(262_144))),
    ]));
}
