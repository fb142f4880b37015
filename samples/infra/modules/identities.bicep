param name string
param location string
param tags object
param acrName string
param keyVaultName string
param clusterName string
param kubeletPrincipalId string
param ingressPrincipalId string
param oidcIssuer string
param namespace string
param stages array
param pipelineConnections array

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
var acrPush = '8311e382-0749-4cb8-b61a-304f252e45ec'
var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var keyVaultCertificateUser = 'db79e9a7-68ee-4b58-9aeb-b90e7c24fcba'
var clusterUser = '4abbcc35-e782-43d8-92c5-2d3f1bd2253f'

var audiences = ['api://AzureADTokenExchange']
// As samples/environments/templates/promote.yml names them.
var staged = [for stage in stages: '${namespace}-${stage}']
var namespaces = empty(stages) ? [namespace] : staged

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: acrName
}
resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: keyVaultName
}
resource cluster 'Microsoft.ContainerService/managedClusters@2024-09-01' existing = {
  name: clusterName
}

resource pipeline 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-pipeline'
  location: location
  tags: tags
}
resource backend 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-backend'
  location: location
  tags: tags
}
resource worker 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-worker'
  location: location
  tags: tags
}

// One after the other: an identity refuses a credential while another of its credentials is being written.
@batchSize(1)
resource pipelineFederation 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = [
  for connection in pipelineConnections: {
    parent: pipeline
    name: connection.name
    properties: { issuer: connection.issuer, subject: connection.subject, audiences: audiences }
  }
]
@batchSize(1)
resource backendFederation 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = [
  for one in namespaces: {
    parent: backend
    name: one
    properties: { issuer: oidcIssuer, subject: 'system:serviceaccount:${one}:backend', audiences: audiences }
  }
]
@batchSize(1)
resource workerFederation 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = [
  for one in namespaces: {
    parent: worker
    name: one
    properties: { issuer: oidcIssuer, subject: 'system:serviceaccount:${one}:worker', audiences: audiences }
  }
]

resource nodesPull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: registry
  name: guid(registry.id, clusterName, acrPull)
  properties: {
    principalId: kubeletPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPull)
  }
}
resource pipelinePush 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: registry
  name: guid(registry.id, pipeline.id, acrPush)
  properties: {
    principalId: pipeline.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPush)
  }
}
resource pipelineSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, pipeline.id, keyVaultSecretsUser)
  properties: {
    principalId: pipeline.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsUser)
  }
}
// Ingresses with a certificate of the vault: the add-on reads the certificate and the secret that has its private key.
resource ingressCertificates 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, clusterName, keyVaultCertificateUser)
  properties: {
    principalId: ingressPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultCertificateUser)
  }
}
// Lets the pipeline fetch a kubeconfig; what it may do in the namespace the sample's Role says.
resource pipelineCluster 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: cluster
  name: guid(cluster.id, pipeline.id, clusterUser)
  properties: {
    principalId: pipeline.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', clusterUser)
  }
}

output pipelineClientId string = pipeline.properties.clientId
output pipelineObjectId string = pipeline.properties.principalId
output backendClientId string = backend.properties.clientId
output workerClientId string = worker.properties.clientId
