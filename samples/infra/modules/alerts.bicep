// What Prometheus cannot see: the services of Azure themselves, changes of who may do what, and Application Insights.
param name string
param location string
param tags object
param actionGroupId string
param applicationInsightsId string
param keyVaultId string
param postgresqlId string
param redisId string

var actions = [{ actionGroupId: actionGroupId }]

// An outage of Azure in the subscription's regions
resource serviceHealth 'Microsoft.Insights/activityLogAlerts@2020-10-01' = {
  name: '${name}-service-health'
  location: 'global'
  tags: tags
  properties: {
    scopes: [subscription().id]
    condition: { allOf: [{ field: 'category', equals: 'ServiceHealth' }] }
    actions: { actionGroups: actions }
  }
}

var operations = {
  'vault-deleted': 'Microsoft.KeyVault/vaults/delete'
  'role-assigned': 'Microsoft.Authorization/roleAssignments/write'
  'cluster-deleted': 'Microsoft.ContainerService/managedClusters/delete'
}

resource changes 'Microsoft.Insights/activityLogAlerts@2020-10-01' = [
  for operation in items(operations): {
    name: '${name}-${operation.key}'
    location: 'global'
    tags: tags
    properties: {
      scopes: [resourceGroup().id]
      condition: {
        allOf: [
          { field: 'category', equals: 'Administrative' }
          { field: 'operationName', equals: operation.value }
          { field: 'status', equals: 'Succeeded' }
        ]
      }
      actions: { actionGroups: actions }
    }
  }
]

var metrics = [
  { name: 'postgresql-storage', id: postgresqlId, metric: 'storage_percent', operator: 'GreaterThan', threshold: 80, severity: 2 }
  { name: 'postgresql-cpu', id: postgresqlId, metric: 'cpu_percent', operator: 'GreaterThan', threshold: 85, severity: 2 }
  { name: 'redis-memory', id: redisId, metric: 'usedmemorypercentage', operator: 'GreaterThan', threshold: 80, severity: 2 }
  { name: 'vault-availability', id: keyVaultId, metric: 'Availability', operator: 'LessThan', threshold: 99, severity: 1 }
]

resource metricAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for alert in metrics: {
    name: '${name}-${alert.name}'
    location: 'global'
    tags: tags
    properties: {
      severity: alert.severity
      enabled: true
      scopes: [alert.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: alert.metric
            metricName: alert.metric
            operator: alert.operator
            threshold: alert.threshold
            timeAggregation: 'Average'
          }
        ]
      }
      autoMitigate: true
      actions: actions
    }
  }
]

// Of samples/monitoring/opentelemetry. Each query returns rows only while something is wrong. The collector calls a request
// of status 4xx unsuccessful too, so the status is compared.
var queries = {
  'requests-fail': 'requests | summarize total = count(), failed = countif(toint(resultCode) >= 500) by cloud_RoleName | where total > 20 and failed > total * 0.05'
  'flows-fail': 'dependencies | where success == false and type == "InProc" | summarize failed = count() by name | where failed > 10'
}

resource queryAlerts 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [
  for query in items(queries): {
    name: '${name}-${query.key}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${name}-${query.key}'
      severity: 2
      enabled: true
      scopes: [applicationInsightsId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: query.value
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [actionGroupId] }
    }
  }
]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, name, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Langflow'
    category: 'workbook'
    version: 'Notebook/1.0'
    sourceId: applicationInsightsId
    serializedData: string(loadJsonContent('../workbook.json'))
  }
}
