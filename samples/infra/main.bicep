// Langflow's place in Azure, in one resource group: az deployment group create --template-file main.bicep --parameters production.bicepparam
targetScope = 'resourceGroup'

@description('Region of all resources')
param location string = resourceGroup().location
@description('Begins all names: 3 to 16 letters and digits')
@minLength(3)
@maxLength(16)
param name string
@allowed(['dev', 'production'])
param environmentName string
@description('Object id of the Entra group that administers the cluster')
param adminGroupId string
@description('Issuer and subject of the service connection langflow-azure, as Azure DevOps shows them')
param pipelineIssuer string
param pipelineSubject string
@description('Namespace of the release')
param namespace string = 'langflow'
@description('CIDRs from which the API server is reached')
param authorizedRanges array
@description('Who gets alerts')
param alertEmail string

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
  params: { name: name, location: location, tags: tags, subnetId: network.outputs.endpointsSubnetId }
}

module keyVault 'modules/keyVault.bicep' = {
  name: 'keyVault'
  params: {
    name: name
    location: location
    tags: tags
    subnetId: network.outputs.endpointsSubnetId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module aks 'modules/aks.bicep' = {
  name: 'aks'
  params: {
    name: name
    location: location
    tags: tags
    subnetId: network.outputs.nodesSubnetId
    workspaceId: monitoring.outputs.workspaceId
    adminGroupId: adminGroupId
    authorizedRanges: authorizedRanges
    production: environmentName == 'production'
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
    oidcIssuer: aks.outputs.oidcIssuer
    namespace: namespace
    pipelineIssuer: pipelineIssuer
    pipelineSubject: pipelineSubject
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
@description('For overlays/managed/identities.yaml')
output backendClientId string = identities.outputs.backendClientId
output workerClientId string = identities.outputs.workerClientId
@description('Input of LangflowDeploy for release annotations')
output applicationInsightsId string = monitoring.outputs.applicationInsightsId
