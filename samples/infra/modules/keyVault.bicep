param name string
@description('Makes the name unique in Azure: a deleted vault keeps its name for 90 days.')
param suffix string
param location string
param tags object
param subnetId string
param networkId string
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: '${take(name, 12)}-kv-${suffix}'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: 'Disabled'
    // Resource Manager is such a service: it writes what secrets.bicep declares.
    networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices' }
  }
}

module endpoint 'privateEndpoint.bicep' = {
  name: 'keyVaultEndpoint'
  params: {
    name: '${name}-kv'
    location: location
    tags: tags
    subnetId: subnetId
    networkId: networkId
    targetId: vault.id
    groupId: 'vault'
    zoneName: 'privatelink.vaultcore.azure.net'
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

output id string = vault.id
output name string = vault.name
