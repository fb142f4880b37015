// Langflow's place in Azure, in one resource group: az deployment group create --template-file main.bicep --parameters production.bicepparam
targetScope = 'resourceGroup'

@description('Region of all resources')
param location string = resourceGroup().location
@description('Begins all names: 3 to 16 lowercase letters and digits')
@minLength(3)
@maxLength(16)
param name string
@allowed(['dev', 'staging', 'production'])
param environmentName string
@description('Object id of the Entra group that administers the cluster')
param adminGroupId string
@description('Its name, which the administrators of PostgreSQL log in with')
param adminGroupName string
@description('The service connections that act as the identity of the pipeline: name, issuer and subject of each, as Azure DevOps shows them')
param pipelineConnections array
@description('Namespace of the release')
param namespace string = 'langflow'
@description('Stages of samples/environments that share this cluster: each has a namespace of its own, such as langflow-dev. None: one release, in the namespace itself')
param stages array = []
@description('CIDRs from which the API server is reached')
param authorizedRanges array
@description('Who gets alerts')
param alertEmail string
@description('Budget of a month, in the currency of the subscription')
param budgetAmount int
@description('First day of the month of the first deployment, as 2026-12-01')
param budgetStart string
@description('Letters, digits, - and _: it becomes part of a URL')
@minLength(16)
@secure()
param postgresqlPassword string
@description('32 bytes, url-safe base64')
@secure()
param langflowSecretKey string
@secure()
param langflowSuperuserPassword string
@description('Day on which the two passwords have to be new, as 2027-12-01; operators hear of it 30 days before')
param passwordsExpire string

// Names of vault, registry, PostgreSQL and redis are unique in all of Azure.
var suffix = take(uniqueString(resourceGroup().id), 6)
var production = environmentName == 'production'
var tags = { application: 'langflow', environment: environmentName }

module network 'modules/network.bicep' = {
  name: 'network'
  params: { name: name, location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: { name: name, location: location, tags: tags, alertEmail: alertEmail }
}

module acr 'modules/acr.bicep' = {
  name: 'acr'
  params: {
    name: name
    suffix: suffix
    location: location
    tags: tags
    subnetId: network.outputs.endpointsSubnetId
    networkId: network.outputs.id
    workspaceId: monitoring.outputs.workspaceId
  }
}

module keyVault 'modules/keyVault.bicep' = {
  name: 'keyVault'
  params: {
    name: name
    suffix: suffix
    location: location
    tags: tags
    subnetId: network.outputs.endpointsSubnetId
    networkId: network.outputs.id
    workspaceId: monitoring.outputs.workspaceId
  }
}

module postgresql 'modules/postgresql.bicep' = {
  name: 'postgresql'
  params: {
    name: name
    suffix: suffix
    location: location
    tags: tags
    subnetId: network.outputs.endpointsSubnetId
    networkId: network.outputs.id
    workspaceId: monitoring.outputs.workspaceId
    adminGroupId: adminGroupId
    adminGroupName: adminGroupName
    production: production
    password: postgresqlPassword
  }
}

module redis 'modules/redis.bicep' = {
  name: 'redis'
  params: {
    name: name
    suffix: suffix
    location: location
    tags: tags
    subnetId: network.outputs.endpointsSubnetId
    networkId: network.outputs.id
    production: production
  }
}

module expiry 'modules/expiry.bicep' = {
  name: 'expiry'
  params: {
    name: name
    location: location
    tags: tags
    keyVaultId: keyVault.outputs.id
    actionGroupId: monitoring.outputs.actionGroupId
  }
}

module secrets 'modules/secrets.bicep' = {
  name: 'secrets'
  params: {
    keyVaultName: keyVault.outputs.name
    redisName: redis.outputs.name
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    postgresqlPassword: postgresqlPassword
    langflowSecretKey: langflowSecretKey
    langflowSuperuserPassword: langflowSuperuserPassword
    passwordsExpire: passwordsExpire
  }
  // Or the expiry of what it writes would go unheard.
  dependsOn: [expiry]
}

module aks 'modules/aks.bicep' = {
  name: 'aks'
  params: {
    name: name
    location: location
    tags: tags
    networkName: network.outputs.name
    workspaceId: monitoring.outputs.workspaceId
    adminGroupId: adminGroupId
    authorizedRanges: authorizedRanges
    production: production
  }
}

module dataCollection 'modules/dataCollection.bicep' = {
  name: 'dataCollection'
  params: {
    name: name
    location: location
    tags: tags
    clusterName: aks.outputs.name
    workspaceId: monitoring.outputs.workspaceId
    monitorWorkspaceId: monitoring.outputs.monitorWorkspaceId
  }
}

module grafana 'modules/grafana.bicep' = {
  name: 'grafana'
  params: {
    name: name
    location: location
    tags: tags
    monitorWorkspaceName: monitoring.outputs.monitorWorkspaceName
    adminGroupId: adminGroupId
    production: production
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    name: name
    location: location
    tags: tags
    actionGroupId: monitoring.outputs.actionGroupId
    applicationInsightsId: monitoring.outputs.applicationInsightsId
    keyVaultId: keyVault.outputs.id
    postgresqlId: postgresql.outputs.id
    redisId: redis.outputs.id
  }
}

module budget 'modules/budget.bicep' = {
  name: 'budget'
  params: {
    name: name
    amount: budgetAmount
    startDate: budgetStart
    actionGroupId: monitoring.outputs.actionGroupId
    alertEmail: alertEmail
  }
}

module identities 'modules/identities.bicep' = {
  name: 'identities'
  params: {
    name: name
    location: location
    tags: tags
    acrName: acr.outputs.name
    keyVaultName: keyVault.outputs.name
    clusterName: aks.outputs.name
    kubeletPrincipalId: aks.outputs.kubeletPrincipalId
    ingressPrincipalId: aks.outputs.ingressPrincipalId
    oidcIssuer: aks.outputs.oidcIssuer
    namespace: namespace
    stages: stages
    pipelineConnections: pipelineConnections
  }
}

module prometheusRules 'modules/prometheusRules.bicep' = {
  name: 'prometheusRules'
  params: {
    name: name
    location: location
    tags: tags
    monitorWorkspaceId: monitoring.outputs.monitorWorkspaceId
    clusterName: aks.outputs.name
    actionGroupId: monitoring.outputs.actionGroupId
  }
}

@description('Of the service connection langflow-acr')
output loginServer string = acr.outputs.loginServer
@description('Variable keyVault of the variable group langflow-production')
output keyVault string = keyVault.outputs.name
@description('Variable namespace of the variable group langflow-production')
output namespace string = namespace
@description('Of the service connection langflow-aks')
output cluster string = aks.outputs.name
@description('Of the service connection langflow-azure')
output pipelineClientId string = identities.outputs.pipelineClientId
@description('The user of the RoleBinding in samples/langflow/platform/pipeline.yaml')
output pipelineObjectId string = identities.outputs.pipelineObjectId
@description('For overlays/managed/identities.yaml')
output backendClientId string = identities.outputs.backendClientId
output workerClientId string = identities.outputs.workerClientId
@description('Input of LangflowDeploy for release annotations')
output applicationInsightsId string = monitoring.outputs.applicationInsightsId
@description('For POSTGRESQL_ADDRESS in overlays/managed/settings.yaml, before /langflow?sslmode=require')
output postgresqlAddress string = postgresql.outputs.address
@description('For REDIS_ADDRESS in overlays/managed/settings.yaml, before /0?ssl_cert_reqs=required')
output redisAddress string = redis.outputs.address
@description('Where samples/monitoring/dashboard.json is imported')
output grafana string = grafana.outputs.endpoint
