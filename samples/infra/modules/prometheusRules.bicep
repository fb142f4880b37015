param name string
param location string
param tags object
param monitorWorkspaceId string
param clusterName string
param actionGroupId string

// One source: the rules that promtool tests. Durations become those of ISO 8601, severities Azure's numbers.
var groups = loadYamlContent('../../monitoring/rules.yml').groups
var severities = { critical: 1, warning: 2 }

resource ruleGroups 'Microsoft.AlertsManagement/prometheusRuleGroups@2023-03-01' = [
  for group in groups: {
    name: '${name}-${group.name}'
    location: location
    tags: tags
    properties: {
      scopes: [monitorWorkspaceId]
      clusterName: clusterName
      interval: 'PT${toUpper(group.interval)}'
      enabled: true
      rules: map(
        group.rules,
        rule =>
          contains(rule, 'record')
            ? { record: rule.record, expression: rule.expr, enabled: true }
            : {
                alert: rule.alert
                expression: rule.expr
                for: 'PT${toUpper(rule.for)}'
                severity: severities[rule.labels.severity]
                labels: rule.labels
                annotations: rule.annotations
                enabled: true
                actions: [{ actionGroupId: actionGroupId }]
              }
      )
    }
  }
]
